import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { startMeasuredHub } from '../support/measured-hub.ts'
import type { RawMessage } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {}, other: {} }'
const database = await createTestDatabase()
const rows = sized({ normal: 100_000, full: 1_000_000 })
await database.query('CREATE TABLE item (id int PRIMARY KEY, n int, text text)')
await database.query('CREATE TABLE other (id int PRIMARY KEY)')
await database.query(`INSERT INTO item SELECT i, 0, repeat('x', 100) FROM generate_series(1, ${rows}) i`)
await installTables(database, yaml)
const patient = { timeoutMs: loadTimeoutMs - 20_000 }

/** An app that notes what it gets of both tables. */
interface Desk {
  readonly socket: WebSocket
  readonly eventIds: Set<string>
  repeats: number
  /** Rows of `item` that did not come with their next `n`. */
  readonly disorder: string[]
  /** How many changes of the big transaction it has. */
  big: number
  /** The same, at each checkpoint. */
  readonly bigAtCheckpoints: number[]
  readonly arrivedAt: Map<string, number>
  cursor: string
}

interface EventData {
  readonly event_id: string
  readonly table: string
  readonly id: string
  readonly data: { readonly n?: number }
}

/** Connects a desk, perhaps to go on from a cursor; cut after the test. */
async function openDesk(url: string, resume?: string, versions = new Map<string, number>()): Promise<Desk> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  onTestFinished(() => socket.terminate())
  const desk: Desk = {
    socket,
    eventIds: new Set(),
    repeats: 0,
    disorder: [],
    big: 0,
    bigAtCheckpoints: [],
    arrivedAt: new Map(),
    cursor: '',
  }
  const take = ({ event_id, table, id, data }: EventData) => {
    if (desk.eventIds.has(event_id)) desk.repeats++
    desk.eventIds.add(event_id)
    if (table === 'other') desk.arrivedAt.set(id, performance.now())
    if (table !== 'item' || data.n === undefined) return
    if (resume === undefined && data.n !== (versions.get(id) ?? 0) + 1) desk.disorder.push(`${id}=${data.n}`)
    versions.set(id, data.n)
    if (data.n === 1) desk.big++
  }
  const registered = new Promise<void>(resolve => {
    socket.on('message', (frame: Buffer) => {
      const { message_type: type, data } = JSON.parse(frame.toString()) as RawMessage
      if (type === 'events') for (const event of data['events'] as EventData[]) take(event)
      if (typeof data['cursor'] === 'string') desk.cursor = data['cursor']
      const isCheckpoint = type === 'checkpoint' || (type === 'events' && data['checkpoint'] === true)
      if (isCheckpoint) desk.bigAtCheckpoints.push(desk.big)
      if (type === 'registered') resolve()
    })
  })
  socket.on('open', () => {
    const data = { app_name: 'desk', batch: true, ...(resume === undefined ? {} : { resume }) }
    socket.send(JSON.stringify({ message_type: 'register', data }))
  })
  await registered
  return desk
}

/** Inserts into `other` every 50 ms, and changes a row of `item` now and then, until told to stop. */
function writeBeside(): { readonly committedAt: Map<string, number>; stop(): Promise<number> } {
  const committedAt = new Map<string, number>()
  let isOver = false
  let updates = 0
  const running = (async () => {
    for (let id = 1; !isOver; id++) {
      await database.query('INSERT INTO other VALUES ($1)', [id])
      committedAt.set(`${id}`, performance.now())
      const isFree = `id IN (SELECT id FROM item WHERE id = $1 AND n = 1 FOR UPDATE SKIP LOCKED)`
      const { rowCount } = await database.query(`UPDATE item SET n = 2 WHERE ${isFree}`, [rows - id])
      updates += rowCount ?? 0
      await pause(50)
    }
  })()
  return {
    committedAt,
    async stop() {
      isOver = true
      await running
      return updates
    },
  }
}

test(
  `while an UPDATE of ${rows} rows is delivered other tables' changes pass by, and nothing is lost, doubled, torn or out of order`,
  async () => {
    const hub = await startMeasuredHub(database, yaml)
    const [desk, lost] = [await openDesk(hub.url), await openDesk(hub.url)]
    const beside = writeBeside()
    await waitFor(() => desk.arrivedAt.size > 2)
    await database.query('UPDATE item SET n = n + 1')
    const committed = performance.now()
    // In the middle of it, when something has passed.
    await waitFor(() => lost.big > rows / 4, { ...patient, intervalMs: 1 })
    lost.socket.terminate()
    const returned = await openDesk(hub.url, lost.cursor)
    await waitFor(() => desk.big === rows, { ...patient, intervalMs: 1 })
    const bigTookMs = performance.now() - committed
    const updates = await beside.stop()
    const all = rows + beside.committedAt.size + updates
    const both = () => new Set([...lost.eventIds, ...returned.eventIds])
    const message = () => `all ${all} came: ${desk.eventIds.size} and ${both().size}`
    await waitFor(() => desk.eventIds.size === all && both().size === all, {
      ...patient,
      intervalMs: 500,
      message,
    })

    const meanwhile = [...beside.committedAt].filter(([, at]) => at > committed && at < committed + bigTookMs)
    const waits = [...beside.committedAt].map(([id, at]) => (desk.arrivedAt.get(id) ?? Number.NaN) - at)
    const longest = Math.round(Math.max(...waits))
    console.info(`the big one took ${Math.round(bigTookMs)} ms, others waited ${longest} ms at most`)
    expect(meanwhile.length).toBeGreaterThan(10)
    expect(updates).toBeGreaterThan(10)
    expect(longest).toBeLessThan(bigTookMs / 4)
    expect({ repeats: desk.repeats, disorder: desk.disorder }).toEqual({ repeats: 0, disorder: [] })
    for (const { bigAtCheckpoints } of [desk, lost]) {
      expect(bigAtCheckpoints.filter(count => count > 0 && count < rows)).toEqual([])
    }
    // Once it has returned, the rest comes before its first checkpoint.
    expect(returned.bigAtCheckpoints.filter(count => lost.big + count < rows)).toEqual([])
  },
  loadTimeoutMs,
)
