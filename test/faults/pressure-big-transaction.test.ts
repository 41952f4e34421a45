import { expect, test } from 'vitest'
import { connectCrowd, type Member } from '../support/crowd.ts'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { canMeasureMemory, startMeasuredHub } from '../support/measured-hub.ts'
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

const mib = 1_024 * 1_024
const patient = { timeoutMs: loadTimeoutMs - 10_000 }

/** Reads one frame, then nothing for a while. */
function slowDown({ socket }: Member): void {
  socket.on('message', () => {
    socket.pause()
    setTimeout(() => socket.resume(), 20)
  })
}

test.skipIf(!canMeasureMemory)(
  `an UPDATE of ${rows} rows is streamed in little memory, whole only at its end, to the quick, the slow and the returned`,
  async () => {
    const hub = await startMeasuredHub(database, yaml)
    const subscribeTo = (table: string) => ({ subscriptions: [{ id: 'a', tables: [table] }] })
    const join = async (registration: object): Promise<Member> => {
      const [member] = await connectCrowd(hub.url, 1, () => registration)
      if (member === undefined) throw new Error('a crowd of one has a member')
      return member
    }
    const [quick, slow, lost] = await Promise.all([1, 2, 3].map(() => join(subscribeTo('item'))))
    const watcher = await join(subscribeTo('other'))
    if (quick === undefined || slow === undefined || lost === undefined) throw new Error('three came')
    slowDown(slow)
    await hub.resetPeak()

    const updated = database.query('UPDATE item SET n = n + 1')
    await waitFor(() => lost.ids.length > 0, { ...patient, intervalMs: 1 })
    lost.socket.terminate()
    const began = performance.now()
    await updated
    await database.query('INSERT INTO other VALUES (1)')
    const returned = await join({ ...subscribeTo('item'), resume: lost.cursor })
    await waitFor(() => watcher.ids.length === 1, patient)
    const waitedMs = Math.round(performance.now() - began)
    const all = () => [quick, slow].every(({ ids }) => ids.length === rows)
    await waitFor(() => all() && lost.ids.length + returned.ids.length >= rows, patient)
    const { peak } = await hub.memory()
    console.info(`RSS ${Math.round(peak / mib)} MiB; another table's event waited ${waitedMs} ms`)

    expect(lost.ids.length).toBeLessThan(rows)
    for (const ids of [quick.ids, slow.ids, [...lost.ids, ...returned.ids]]) {
      expect({ count: ids.length, different: new Set(ids).size }).toEqual({ count: rows, different: rows })
    }
    // Nobody was told that a part of the transaction is a state of the database.
    for (const { ids, checkpoints } of [quick, slow, returned]) {
      expect(checkpoints.filter(count => count > 0 && count < ids.length)).toEqual([])
    }
    expect(lost.checkpoints.filter(count => count > 0)).toEqual([])
    expect(peak).toBeLessThan(250 * mib)
  },
  loadTimeoutMs,
)
