import { randomInt } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { createRandom } from '../../src/demo/seeded-random.ts'
import { createFolder } from '../cli/run-cli.ts'
import { isFullSize, sized } from '../support/full-size.ts'
import { HubProcess } from '../support/hub-process.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { makeHostileFrame } from './hostile-frames.ts'

const frameCount = sized({ normal: 10_000, full: 100_000 })
const attackers = 8
const seed = Number(process.env['RTBRIDGE_TEST_SEED'] ?? randomInt(1_000_000))
/** What the heap may differ by after the same collection, bytes; and what the allocator may keep. */
const heapTolerance = 8 * 1024 * 1024
const residentTolerance = 96 * 1024 * 1024

const upgrade =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n'

/** The limits on rates would keep most of the frames from being read at all. */
const limits = 'limits: { messages: 1000000, bytes: 1GiB, control_frames: 1000000 }'

interface Attacker {
  readonly socket: Socket
  readonly closed: Promise<void>
}

function open(port: number): Promise<Attacker> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  return new Promise((resolve, reject) => {
    void closed.then(() => reject(new Error('the hub took no connection')))
    socket.once('connect', () => socket.write(upgrade))
    // What comes after the answer to the upgrade is read and forgotten.
    socket.once('data', () => resolve({ socket: socket.on('data', () => {}), closed }))
  })
}

/** One attacker: sends its frames one after the other, on as many connections as that takes. */
async function attack(
  port: number,
  ownSeed: number,
  count: number,
  kinds: Map<string, number>,
): Promise<void> {
  const random = createRandom(ownSeed)
  let attacker: Attacker | null = null
  for (let i = 0; i < count; i++) {
    const { kind, bytes, breaks } = makeHostileFrame(random)
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    if (attacker === null || !attacker.socket.writable) attacker = await open(port)
    const { socket, closed } = attacker
    await Promise.race([new Promise<void>(resolve => socket.write(bytes, () => resolve())), closed])
    if (!breaks) continue
    // Half of what is broken waits for more bytes: the end of this side is what ends it.
    socket.end()
    attacker = null
  }
  attacker?.socket.destroy()
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024
}

test(`${frameCount} hostile frames do not crash a hub, cost it no memory, and disturb nobody (seed ${seed})`, {
  timeout: isFullSize ? 900_000 : 180_000,
}, async () => {
  console.info(`again: RTBRIDGE_TEST_SEED=${seed} npx vitest run test/attacks/hostile-frames.test.ts`)
  const yaml = `tables: { item: {} }\n${limits}\n`
  const database = await createTestDatabase()
  await database.query('CREATE TABLE item (id int PRIMARY KEY)')
  await installTables(database, yaml)
  const folder = await createFolder()
  await writeFile(join(folder, 'rtbridge.yaml'), yaml)
  const hub = new HubProcess({ folder, databaseUrl: database.url, port: await findFreePort() })
  await hub.start()
  const witness = await connectRawClient(`ws://127.0.0.1:${hub.port}/`)
  witness.send('register', { app_name: 'witness', subscriptions: [{ id: 'all', tables: ['item'] }] })
  await witness.next('registered')
  const alone = async () => {
    const health = await hub.health()
    return (health?.['hub'] as { connections?: number } | undefined)?.connections === 1
  }
  const fling = async (count: number, from: number) => {
    const kinds = new Map<string, number>()
    const each = Math.ceil(count / attackers)
    const one = (_: unknown, i: number) => attack(hub.port, from + i, each, kinds)
    await Promise.all(Array.from({ length: attackers }, one))
    await waitFor(alone, { timeoutMs: 60_000, message: 'the attackers were gone' })
    return kinds
  }
  // Code and caches that come with the first of each kind are no leak.
  await fling(4_000, seed + 1_000)
  const before = { ...(await hub.use()), resident: await residentBytes(hub.pid) }
  let next = 0
  let isOver = false
  const writing = (async () => {
    while (!isOver) {
      await database.query('INSERT INTO item VALUES ($1)', [++next])
      await witness.next(message => message.data['id'] === String(next), 30_000)
    }
  })()
  const started = performance.now()
  const kinds = await fling(frameCount, seed).finally(() => {
    isOver = true
  })
  const seconds = (performance.now() - started) / 1_000
  await writing
  const settled = await waitFor(
    async () => {
      const use = await hub.use()
      return use.memoryBytes - before.memoryBytes < heapTolerance ? use : null
    },
    { intervalMs: 500, message: 'the memory was back' },
  )
  const resident = await residentBytes(hub.pid)
  const mib = (bytes: number) => (bytes / 1_048_576).toFixed(1)
  console.info(
    `${frameCount} frames in ${seconds.toFixed(1)} s beside ${next} changes; heap ${mib(before.memoryBytes)} → ${mib(settled.memoryBytes)} MiB, ` +
      `resident ${mib(before.resident)} → ${mib(resident)} MiB, files ${before.openFiles} → ${settled.openFiles}; ` +
      [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', '),
  )
  expect(hub.unexpectedEnds).toEqual([])
  expect(hub.log.filter(line => line.includes('"level":"error"'))).toEqual([])
  expect(resident - before.resident).toBeLessThan(residentTolerance)
  expect(settled.openFiles).toBeLessThanOrEqual(before.openFiles + 2)
  const seen = witness.messages.filter(({ message_type: type }) => type === 'realtime_event')
  expect(seen.map(({ data }) => Number(data['id']))).toEqual(Array.from({ length: next }, (_, i) => i + 1))
  expect(witness.closed).toBeNull()
  expect(witness.messages.filter(({ message_type: type }) => type === 'error' || type === 'gap')).toEqual([])
})
