import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createClient, createTableClient } from '../../src/client-node/index.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

interface Schema {
  tables: { queue: { id: number; gate: string | null; seats: number } }
  events: Record<never, never>
}

const yaml = 'tables:\n  queue: {}\n'
const database = await createTestDatabase()
await database.query('CREATE TABLE queue (id int PRIMARY KEY, gate text, seats int NOT NULL)')
await installTables(database, yaml)

const makers = { createClient: createClient<Schema>, createTableClient: createTableClient<Schema> }

test.each(Object.entries(makers))(
  'a live table of %s follows the table, and is live again after a reconnect in which nothing was missed',
  async (_, createClient) => {
    await database.query('TRUNCATE queue')
    await database.query(`INSERT INTO queue VALUES (1, 'north', 4), (2, NULL, 2)`)
    const { url } = await openTestDaemon(database.url, yaml)
    const sockets: WebSocket[] = []
    const sent: string[] = []
    const client = createClient({
      url,
      appName: 'test',
      backoff: { minMs: 5, maxMs: 20 },
      WebSocket: class extends WebSocket {
        constructor(address: string) {
          super(address)
          sockets.push(this)
        }

        override send(text: string): void {
          sent.push(text)
          super.send(text)
        }
      },
    })
    onTestFinished(() => client.close())
    const table = client.table('queue', { columns: ['gate'], orderBy: 'seats desc' })
    await table.ready()
    expect(table.rows).toEqual([
      { id: 1, gate: 'north' },
      { id: 2, gate: null },
    ])
    const gates: (string | null)[] = table.rows.map(row => row.gate)
    expect(gates).toEqual(['north', null])
    const states: string[] = []
    table.subscribe(() => states.push(table.state))
    sockets[0]?.terminate()
    await waitFor(() => states.length >= 2)
    expect(states).toEqual(['stale', 'live'])
    await database.query('UPDATE queue SET seats = 9 WHERE id = 2')
    await waitFor(() => table.rows[0]?.gate === null)
    // It went on where it was: its rows were read once.
    expect(sent.filter(text => text.includes('"snapshot":true'))).toHaveLength(1)
  },
)

test('a live table that the hub refuses says so, and so do all when the client is closed', async () => {
  const { url } = await openTestDaemon(database.url, yaml)
  const client = createTableClient({ url, appName: 'test', onError: () => {} })
  onTestFinished(() => client.close())
  await expect(client.table('no_such_table').ready()).rejects.toMatchObject({ code: 'RTB_SNAPSHOT_TABLE' })
  const table = client.table('queue')
  await table.ready()
  const states: string[] = []
  table.subscribe(() => states.push(table.state))
  await client.close()
  expect(states.at(-1)).toBe('failed')
  await expect(table.ready()).rejects.toMatchObject({ code: 'RTB_CLIENT_CLOSED' })
  expect(client.table('queue').state).toBe('failed')
})

test('names and columns that are not in the schema do not compile', async () => {
  const client = createClient<Schema>({ url: 'ws://127.0.0.1:9', appName: 'test' })
  onTestFinished(() => client.close())
  // @ts-expect-error there is no such table
  client.table('quue').close()
  // @ts-expect-error there is no such column
  client.table('queue', { columns: ['gat'] }).close()
  // @ts-expect-error there is no such column to order by
  client.table('queue', { orderBy: 'seat desc' }).close()
  const table = client.table('queue', { columns: ['gate'] })
  // @ts-expect-error it was not asked for
  expect(table.rows[0]?.seats).toBe(undefined)
  await client.close()
  expect([table.state, table.error?.code]).toEqual(['failed', 'RTB_CLIENT_CLOSED'])
})
