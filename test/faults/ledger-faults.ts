import { setTimeout as pause } from 'node:timers/promises'
import type { EmbeddedServer } from '../../src/demo/embedded-server.ts'
import { readChildren, sendSignal } from '../../src/demo/postgres/processes.ts'
import { pickInteger, pickItem, type Random } from '../../src/demo/seeded-random.ts'
import { readRows, runAdminSql } from '../support/admin-sql.ts'
import type { HubProcess } from '../support/hub-process.ts'
import type { TcpFaultProxy } from '../support/tcp-fault-proxy.ts'
import { waitFor } from '../support/wait-for.ts'

/** What can be broken. */
export interface World {
  readonly server: EmbeddedServer
  readonly databaseUrl: string
  readonly hubs: readonly HubProcess[]
  /** Between each hub and the database. */
  readonly databaseNetworks: readonly TcpFaultProxy[]
  /** Between the clients and each hub. */
  readonly clientNetworks: readonly TcpFaultProxy[]
}

type Fault = (world: World, random: Random) => Promise<void>

/**
 * The faults by what they hit. Each kind of victim has its own sequence, so that a hub may be killed while the
 * database recovers and the network is cut, but nobody stops a server that another fault is about to start.
 */
const faults: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  database: {
    'reader terminated': world => terminate(world, 'rtbridge reader'),
    'helper terminated': world => terminate(world, 'rtbridge helper'),
    'listener terminated': world => terminate(world, 'rtbridge listener'),
    'replay terminated': world => terminate(world, 'rtbridge pool'),
    'writer terminated': world => terminate(world, 'rtbridge test writer'),
    'all sessions terminated': world => terminate(world, '%'),
    'backend killed': killBackend,
    'server killed': async ({ server }) => {
      await server.kill()
      await server.start()
    },
    'server stopped fast': ({ server }, random) => restart(server, 'fast', random),
    'server stopped immediately': ({ server }, random) => restart(server, 'immediate', random),
    'backend frozen': freezeBackend,
    'server frozen': freezeServer,
  },
  'network of the database': networkFaults('database network', world => world.databaseNetworks),
  'network of the clients': networkFaults('client network', world => world.clientNetworks),
  hubs: {
    'hub killed': async ({ hubs }, random) => {
      const hub = pickItem(random, hubs)
      await hub?.kill()
      await pause(pickInteger(random, 0, 500))
      await hub?.start()
    },
    'hub frozen': async ({ hubs }, random) => {
      const hub = pickItem(random, hubs)
      hub?.signal('SIGSTOP')
      await pause(pickInteger(random, 300, 2_500))
      hub?.signal('SIGCONT')
    },
    'hub stopped': async ({ hubs }, random) => {
      const hub = pickItem(random, hubs)
      await hub?.stop()
      await hub?.start()
    },
    'rolling restart': async ({ hubs }) => {
      for (const hub of hubs) {
        await hub.stop()
        await hub.start()
      }
    },
  },
}

/** How often each fault struck. */
export type FaultCounts = Record<string, number>

/** Pause between two faults of the same kind of victim, ms: without it nothing would ever flow. */
const calmMs = [1_000, 5_000] as const

/**
 * Breaks things until it is over, in an order that the seed decides: each fault once, then all again in another order.
 */
export async function breakThings(
  world: World,
  options: {
    readonly random: () => Random
    readonly isOver: () => boolean
    readonly counts: FaultCounts
  },
): Promise<void> {
  const sequences = Object.values(faults).map(async kinds => {
    const random = options.random()
    while (!options.isOver()) {
      for (const [name, strike] of shuffle(random, Object.entries(kinds))) {
        if (options.isOver()) return
        await pause(pickInteger(random, ...calmMs))
        await strike(world, random)
        options.counts[name] = (options.counts[name] ?? 0) + 1
      }
    }
  })
  await Promise.all(sequences)
}

/** How many faults struck. */
export function countFaults(counts: FaultCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function networkFaults(
  where: string,
  of: (world: World) => readonly TcpFaultProxy[],
): Readonly<Record<string, Fault>> {
  return {
    [`${where} reset`]: async (world, random) => pickItem(random, of(world))?.reset(),
    [`${where} half closed`]: async (world, random) => pickItem(random, of(world))?.halfClose(),
    [`${where} delayed`]: async (world, random) => {
      const network = pickItem(random, of(world))
      network?.setMode({ kind: 'delay', ms: pickInteger(random, 5, 120) })
      await pause(pickInteger(random, 300, 2_000))
      network?.setMode({ kind: 'pass' })
    },
    [`${where} silent`]: async (world, random) => {
      const network = pickItem(random, of(world))
      network?.setMode({ kind: 'blackhole' })
      await pause(pickInteger(random, 300, 3_000))
      // What was swallowed is gone, so these connections cannot go on.
      network?.setMode({ kind: 'pass' })
      network?.reset()
    },
  }
}

async function terminate({ databaseUrl }: World, applicationName: string): Promise<void> {
  const isAll = applicationName === '%'
  await attempt(
    databaseUrl,
    `SELECT pg_terminate_backend(pid) FROM (
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND application_name LIKE '${applicationName}' ORDER BY random() LIMIT ${isAll ? 1_000 : 1}) AS victim`,
  )
}

/** The postmaster then ends all others and recovers, as after a crash of its own. */
async function killBackend({ databaseUrl }: World): Promise<void> {
  const pid = await findBackend(databaseUrl)
  if (pid !== null) sendSignal(pid, 'SIGKILL')
  await waitFor(() => runAdminSql(databaseUrl, ['SELECT 1']).then(() => true), {
    timeoutMs: 60_000,
    intervalMs: 50,
  })
}

async function freezeBackend({ databaseUrl }: World, random: Random): Promise<void> {
  const pid = await findBackend(databaseUrl)
  if (pid === null) return
  sendSignal(pid, 'SIGSTOP')
  await pause(pickInteger(random, 300, 2_500))
  sendSignal(pid, 'SIGCONT')
}

async function freezeServer({ server }: World, random: Random): Promise<void> {
  sendSignal(server.pid, 'SIGSTOP')
  const children = await readChildren(server.pid)
  for (const child of children) sendSignal(child, 'SIGSTOP')
  await pause(pickInteger(random, 300, 2_000))
  for (const pid of [...children, server.pid]) sendSignal(pid, 'SIGCONT')
}

async function restart(server: EmbeddedServer, mode: 'fast' | 'immediate', random: Random): Promise<void> {
  await server.stop(mode)
  await pause(pickInteger(random, 0, 1_000))
  await server.start()
}

/** One of the sessions of hubs and writers. */
async function findBackend(url: string): Promise<number | null> {
  const rows = await attempt(
    url,
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND application_name LIKE 'rtbridge %' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`,
  )
  return rows[0] === undefined ? null : Number(rows[0]['pid'])
}

/** What another fault made impossible at this moment is left out. */
async function attempt(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return readRows(url, sql).catch(() => [])
}

function shuffle<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map(item => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
