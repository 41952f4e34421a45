import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { EmbeddedServer } from '../../src/demo/embedded-server.ts'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { createRandom, pickItem, type Random } from '../../src/demo/seeded-random.ts'
import { runAdminSql, withDatabase } from '../support/admin-sql.ts'
import { HubProcess } from '../support/hub-process.ts'
import { prepareTemplate } from '../support/prepare-template.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { waitFor } from '../support/wait-for.ts'
import { createDesk, deskKinds, type LedgerDesk, roam, tablesYaml } from './ledger-desks.ts'
import { breakThings, countFaults, type FaultCounts, type World } from './ledger-faults.ts'
import { createLedger, readTruth, type Truth, takeProbe } from './ledger-truth.ts'
import { newWriterCounters, runWriters, type WriterCounters } from './ledger-writers.ts'

const hubCount = 3
/** A run breaks at least so many things, whatever its size. */
const leastFaults = 16
/** Longest time until every hub is live again once nothing is broken any more: an answer may take 15 s, ms. */
const liveWithinMs = 60_000

/** A ledger, its writers, three hubs and the networks between, ready to be broken. */
export interface Stage extends World {
  readonly desks: readonly LedgerDesk[]
  /** Where clients reach the hubs. */
  readonly urls: readonly string[]
}

/** What happened in a run. */
export interface Played {
  readonly truth: Truth
  readonly faults: FaultCounts
  readonly writers: WriterCounters
}

/** Sets the stage: a database, hubs that are live, and clients that are registered before the first change. */
export async function setStage(server: EmbeddedServer, seed: number): Promise<Stage> {
  const random = createRandom(seed)
  const database = `ledger_${seed}`
  await runAdminSql(server.url(), [`CREATE DATABASE ${database}`])
  const databaseUrl = withDatabase(server.url(), database)
  onTestFinished(() => runAdminSql(server.url(), [`DROP DATABASE ${database} WITH (FORCE)`]))
  await prepareTemplate(databaseUrl)
  await createLedger(databaseUrl)
  const folder = await createFolder(random)
  const places = Array.from({ length: hubCount }, () => openPlace(folder, databaseUrl))
  const opened = await Promise.all(places)
  const stage: Stage = {
    server,
    databaseUrl,
    hubs: opened.map(({ hub }) => hub),
    databaseNetworks: opened.map(place => place.databaseNetwork),
    clientNetworks: opened.map(place => place.clientNetwork),
    desks: deskKinds.map(createDesk),
    urls: opened.map(({ clientNetwork }) => `ws://127.0.0.1:${clientNetwork.port}/`),
  }
  await allLive(stage)
  return stage
}

/** Lets clients in; from here on they are to miss nothing. */
export async function registerAll({ desks, urls }: Stage): Promise<void> {
  await Promise.all(desks.map(({ desk }, index) => desk.connect(urls[index % urls.length] ?? '')))
}

/** Writes, breaks and roams until so many changes were acknowledged and every fault struck; then brings all to rest. */
export async function play(stage: Stage, seed: number, changes: number): Promise<Played> {
  const { databaseUrl: url, desks, urls } = stage
  let streams = 0
  const random = () => createRandom(seed * 1_000 + ++streams)
  const writers = newWriterCounters()
  const faults: FaultCounts = {}
  let [isCalm, isOver] = [false, false]
  const roaming = desks.map(desk => roam(desk, { urls, random: random(), isOver: () => isOver }))
  const writing = runWriters({ url, random: random(), isOver: () => isOver, counters: writers })
  const probing = probe(url, () => isOver)
  const breaking = breakThings(stage, { random, isOver: () => isCalm, counts: faults })
  const enough = (async () => {
    while (!isCalm && (countFaults(faults) < leastFaults || writers.changes < changes)) await pause(100)
    isCalm = true
  })()
  try {
    await Promise.all([breaking, enough])
  } finally {
    // Whatever ended it: nobody goes on behind the back of the next test.
    isCalm = true
    isOver = true
    await Promise.all([writing, probing, ...roaming])
  }
  await allLive(stage)
  return { truth: await readTruth(url), faults, writers }
}

/** Waits until every hub says that clients get what the database commits. */
async function allLive({ hubs }: Pick<Stage, 'hubs'>): Promise<void> {
  const looks = hubs.map(async hub => {
    const message = () => `the hub was live; it said:\n${hub.log.slice(-10).join('\n')}`
    const isLive = async () => (await hub.health())?.['state'] === 'live'
    await waitFor(isLive, { timeoutMs: liveWithinMs, intervalMs: 100, message })
  })
  await Promise.allSettled(looks)
  await Promise.all(looks)
}

async function openPlace(folder: string, databaseUrl: string) {
  const port = await findFreePort()
  const databaseNetwork = await openTcpFaultProxy(addressOf(databaseUrl))
  const clientNetwork = await openTcpFaultProxy({ host: '127.0.0.1', port })
  const hub = new HubProcess({ folder, port, databaseUrl: throughProxy(databaseUrl, databaseNetwork) })
  await hub.start()
  return { hub, databaseNetwork, clientNetwork }
}

/** The configuration of the hubs; a small queue or tail sends clients to the journal often. */
async function createFolder(random: Random): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-ledger-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const sizes = ['64KiB', '1MiB', '16MiB']
  const limits = `queue: ${pickItem(random, sizes)}, tail: ${pickItem(random, sizes)}`
  const hub = `hub: { ${limits}, checkpoint_every: 200ms, stalled_after: 5s }`
  const timing = 'database: { connect_timeout: 5s }\nlog: { level: info }'
  await writeFile(join(folder, 'rtbridge.yaml'), `${hub}\n${timing}\n${tablesYaml}`)
  return folder
}

/** Asks SQL now and then what it returns; a server that is away is asked again. */
async function probe(url: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await takeProbe(url).catch(() => {})
    await pause(300)
  }
}
