import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
/** More than is read at first, and fewer than are read together. */
const rows = 1_000
await database.query(`
  CREATE TABLE queue (id int PRIMARY KEY, place int, note text);
  INSERT INTO queue SELECT i, i, '' FROM generate_series(1, ${rows}) i;
  CREATE FUNCTION note_the_last() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE queue SET note = 'by the application' WHERE id = ${rows}; RETURN NULL; END $$;
  CREATE TRIGGER note_the_last AFTER UPDATE OF place ON queue FOR EACH ROW WHEN (NEW.id = 1)
    EXECUTE FUNCTION note_the_last();
  SELECT rtbridge.capture_table('queue', '{id}')`)

interface Told {
  readonly data: { readonly id: number; readonly place: number; readonly note: string }
}

test('what a trigger of the application does to a row that its statement has changed, too, comes after it, live and replayed', async () => {
  const hub = await openTestDaemon(database.url)
  const client = await hub.register({ batch: true })
  const readAll = async (from: typeof client) => {
    const told: Told[] = []
    while (told.length < rows + 1) told.push(...((await from.next('events')).data['events'] as Told[]))
    return told.map(({ data }) => data).filter(({ id }) => id === rows)
  }
  await database.query('UPDATE queue SET place = place + 1')
  const inOrder = [
    { id: rows, place: rows + 1, note: '' },
    { id: rows, place: rows + 1, note: 'by the application' },
  ]
  expect(await readAll(client)).toEqual(inOrder)
  await hub.daemon.close()
  const next = await openTestDaemon(database.url)
  expect(await readAll(await next.register({ batch: true, resume: client.registered['cursor'] }))).toEqual(
    inOrder,
  )
})
