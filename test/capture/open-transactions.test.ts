import { expect, test } from 'vitest'
import { formatCursor, parseCursor } from '../../src/domain/cursor.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'

const open = 500

test('500 open transactions hold nothing back, and a position among them stays short', async () => {
  const server = await startServer({ settings: { fsync: 'off', max_connections: '620' } })
  await createCounterTable(server.url())
  const { received, changes, checkpoints } = await openTestCapture(server.url())
  const clients = await Promise.all(Array.from({ length: open }, () => openClient(server.url())))
  await Promise.all(clients.map((client, i) => client.query(`BEGIN; INSERT INTO counter VALUES (${i}, 1)`)))

  const other = await openClient(server.url())
  await other.query('INSERT INTO counter VALUES (-1, 1)')
  expect((await received(1)).map(describeChange)).toEqual(['INSERT -1=1'])
  const cursor = checkpoints.at(-1)?.cursor
  if (cursor === undefined) throw new Error('there was no checkpoint')
  expect(cursor.snapshot.xip).toHaveLength(open)
  const token = formatCursor(cursor)
  expect(token.length).toBeLessThan(1_500)
  expect(parseCursor(token)).toEqual(cursor)

  await Promise.all(clients.map((client, i) => client.query(i % 2 === 0 ? 'COMMIT' : 'ROLLBACK')))
  await received(1 + open / 2)
  await other.query('INSERT INTO counter VALUES (-2, 1)')
  await received(2 + open / 2)
  const ids = changes.map(change => JSON.parse(change.newRow ?? '{}').id as number).sort((a, b) => a - b)
  expect(ids).toEqual([-2, -1, ...Array.from({ length: open / 2 }, (_, i) => 2 * i)])
})
