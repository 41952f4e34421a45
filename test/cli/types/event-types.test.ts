import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { compileTypescript } from '../../support/compile-typescript.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { installTables } from '../../support/wasla-database.ts'
import { createFolder, runCli } from '../run-cli.ts'

const database = await createTestDatabase()

const yaml = `
tables:
  orders:
    exclude: [pin]
    max_row: 1KiB
    events:
      ORDER_PLACED: { on: insert }
      TOUCHED: {}
      ORDER_GONE: { on: [delete, truncate] }
      ORDER_MOVED:
        on: update
        data:
          from: old.state
          to: new.state
          was: old
          city: new.place.city
          extra: new.extra.a.b
          is_big: new.total > 10.0
          label: "'order ' + new.state"
          length: size(new.state)
          states: "[new.state]"
          parts: "{'a': 1.5}"
          none: "null"
          code: "new.state + new.state"
      MOVED_OR_NEW: { on: [insert, update], data: { before: old.state } }
      WHOLE: { on: [insert, delete], data: { row: new } }
      NEVER: { on: insert, data: { pin: new.pin } }
  "shop.items":
    events:
      TOUCHED: { on: insert }
`

beforeAll(async () => {
  await database.query(`
    CREATE TYPE place AS (city text, zip text);
    CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL, total numeric NOT NULL, place place, extra jsonb,
      note text, pin text);
    CREATE SCHEMA shop;
    CREATE TABLE shop.items (sku text PRIMARY KEY, moods text[])`)
  await installTables(database, yaml)
})

test('an event has the operations on which its rule can succeed, and the data that it then has', async () => {
  const { stdout, stderr } = await types()
  const lines = stdout.slice(stdout.indexOf('  events: {')).split('\n')
  expect(lines).toEqual([
    '  events: {',
    `    MOVED_OR_NEW: { data: { before: string }; table: 'orders'; op: 'UPDATE' }`,
    '    ORDER_GONE:',
    `      | { data: Orders; table: 'orders'; op: 'DELETE' }`,
    `      | { data: null; table: 'orders'; op: 'TRUNCATE' }`,
    '    ORDER_MOVED: {',
    '      data: {',
    '        from: string',
    '        to: string',
    '        was: Orders',
    '        city: string | null',
    '        extra: unknown',
    '        is_big: boolean',
    '        label: string',
    '        length: number',
    '        states: unknown[]',
    '        parts: { [key: string]: number }',
    '        none: null',
    '        code: unknown',
    '      }',
    `      table: 'orders'`,
    `      op: 'UPDATE'`,
    '    }',
    `    ORDER_PLACED: { data: Orders; table: 'orders'; op: 'INSERT' }`,
    '    TOUCHED:',
    `      | { data: Orders; table: 'orders'; op: 'INSERT' | 'UPDATE' | 'DELETE' }`,
    `      | { data: ShopItems; table: 'shop.items'; op: 'INSERT' }`,
    '    WHOLE:',
    `      | { data: { row: Orders }; table: 'orders'; op: 'INSERT' }`,
    `      | { data: { row: null }; table: 'orders'; op: 'DELETE' }`,
    '  }',
    '}',
    '',
  ])
  expect(stderr).toContain(
    '`data.before` of MOVED_OR_NEW fails on every INSERT of orders: INSERT has no `old` row',
  )
  expect(stderr).toContain('`data.pin` of NEVER fails on every INSERT of orders: there is no `new.pin`')
})

test('every event that a hub sends has the type that was written for it', async () => {
  const sent = await sentEvents()
  expect([...new Set(sent.map(event => event['event_type']))].sort()).toEqual([
    'MOVED_OR_NEW',
    'ORDER_GONE',
    'ORDER_MOVED',
    'ORDER_PLACED',
    'TOUCHED',
    'WHOLE',
  ])
  const schemas = await eventSchemas()
  for (const event of sent) {
    const schema = schemas.get(String(event['event_type']))
    expect(schema?.safeParse(event).error?.message).toBeUndefined()
    // So that it can fail.
    expect(schema?.safeParse({ ...event, truncated: false, data: 'text' }).success).toBe(false)
    expect(schema?.safeParse({ ...event, op: 'PUBLISH' }).success).toBe(false)
  }
  expect(sent.filter(event => event['truncated'] === true)).toHaveLength(3)
  const whole = sent.filter(event => event['truncated'] !== true)
  const complaints = await compileTypescript(await createFolder(), {
    'types.ts': (await types()).stdout,
    'events.ts': [
      `import type { Schema } from './types.ts'`,
      `type Events = Schema['events']`,
      'type Sent = { [Name in keyof Events]: { type: Name; is: Events[Name] } }[keyof Events]',
      'export const sent: Sent[] = [',
      ...whole.map(
        ({ event_type: type, data, table, op }) => `${JSON.stringify({ type, is: { data, table, op } })},`,
      ),
      ']',
    ].join('\n'),
  })
  expect(complaints).toEqual([])
})

/** What a hub sends of changes of every kind. */
async function sentEvents(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const hub = await openTestDaemon(database.url, yaml)
  const app = await hub.register()
  await database.query(`
    INSERT INTO orders VALUES (1, 'NEW', 10, ROW('Sfax', NULL), '{"a": {"b": [1]}}', NULL, 'secret');
    UPDATE orders SET state = 'PAID', total = 10.5, place.zip = '3000' WHERE id = 1;
    UPDATE orders SET state = 'SENT', place.city = NULL WHERE id = 1;
    INSERT INTO orders VALUES (2, 'NEW', 1, NULL, NULL, repeat('long ', 1000), NULL);
    INSERT INTO shop.items VALUES ('a', '{x,NULL}');
    DELETE FROM orders WHERE id = 1;
    TRUNCATE orders`)
  const events = () =>
    app.messages.flatMap(({ message_type, data }) => (message_type === 'realtime_event' ? [data] : []))
  await waitFor(() => events().some(({ event_type, op }) => event_type === 'ORDER_GONE' && op === 'TRUNCATE'))
  return events().filter(({ event_type, op }) => event_type !== op)
}

async function eventSchemas(): Promise<ReadonlyMap<string, z.ZodType>> {
  const { $defs, properties } = JSON.parse((await types('--format', 'json-schema')).stdout) as {
    $defs: object
    properties: { events: { properties: Record<string, object> } }
  }
  return new Map(
    Object.entries(properties.events.properties).map(([name, schema]) => [
      name,
      z.fromJSONSchema({ $defs, ...schema } as Parameters<typeof z.fromJSONSchema>[0]),
    ]),
  )
}

async function types(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  const { code, ...said } = await runCli(['types', ...args], {
    cwd,
    env: { RTBRIDGE_DATABASE_URL: database.url },
  })
  expect(code).toBe(0)
  return said
}
