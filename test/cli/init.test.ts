import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nameEvents, singular } from '../../src/cli/init/name-events.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { createFolder, runCli } from './run-cli.ts'

const database = await createTestDatabase()
const env = { DATABASE_URL: database.url }
await database.query(`
  CREATE SCHEMA sales;
  CREATE TABLE bookings (id int PRIMARY KEY, status text, customer_password text, "apiToken" text);
  CREATE TABLE "Odd.Name ""x""" (id int PRIMARY KEY);
  CREATE TABLE "حجوزات" (id int PRIMARY KEY);
  CREATE TABLE sales.bookings (id int PRIMARY KEY);
  CREATE TABLE "on" (id int);
  CREATE TABLE audit_log (id int PRIMARY KEY);
  CREATE TABLE knex_migrations (id int PRIMARY KEY);
  CREATE TABLE parts (id int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
`)

describe('rtbridge init', () => {
  test('writes a configuration that is valid and can be installed as it is', async () => {
    const cwd = await createFolder()
    const { code, stdout } = await runCli(['init'], { cwd, env })
    expect(code).toBe(0)
    expect(stdout).toContain('next: look it over, then rtbridge config check')
    expect(await runCli(['config', 'check'], { cwd, env })).toMatchObject({ code: 0, stderr: '' })
    expect((await runCli(['install-triggers', '--dry-run'], { cwd, env })).code).toBe(0)
  })

  test('proposes tables, not their partitions, the books of migration tools or logs', async () => {
    const { config, text } = await propose()
    expect(config.tables.map(rule => rule.pattern)).toEqual([
      '"Odd.Name ""x"""',
      'bookings',
      'on',
      'parts',
      'حجوزات',
      'sales.bookings',
    ])
    expect(text).toContain('  # audit_log:')
    expect(text).not.toContain('knex_migrations')
  })

  test('names channels and events after the tables, and keeps them apart', async () => {
    const { config } = await propose()
    const rule = config.tables.find(({ pattern }) => pattern === 'bookings')
    expect(rule?.channel).toBe('booking_events')
    expect(rule?.events.map(({ eventType, on }) => [eventType, on])).toEqual([
      ['BOOKING_CREATED', ['insert']],
      ['BOOKING_UPDATED', ['update']],
      ['BOOKING_DELETED', ['delete']],
    ])
    const channels = config.tables.map(({ channel }) => channel)
    expect(new Set(channels).size).toBe(channels.length)
    const types = config.tables.flatMap(({ events }) => events.map(({ eventType }) => eventType))
    expect(new Set(types).size).toBe(types.length)
  })

  test('leaves out columns that look secret, and shows how a status becomes an event', async () => {
    const { config, text } = await propose()
    expect(config.tables.find(({ pattern }) => pattern === 'bookings')?.exclude).toEqual([
      'customer_password',
      'apiToken',
    ])
    expect(text).toContain('# BOOKING_STATUS_CHANGED: { on: update, when: "old.status != new.status" }')
  })

  test('gives a valid file also when everything that is commented out is taken', async () => {
    const { text } = await propose()
    const [sure = '', doubtful = ''] = text.split('# Not proposed')
    const taken = doubtful.replace(/^ {2}# (?=\S+:$| {2})/gm, '  ')
    const all = `${sure}# ${taken}`.replace(/^( +)# (?=[A-Z_]+_CHANGED)/gm, '$1')
    const { tables } = parse(all)
    expect(tables.map(({ pattern }) => pattern)).toContain('audit_log')
    expect(tables.flatMap(({ events }) => events.map(({ eventType }) => eventType))).toContain(
      'BOOKING_STATUS_CHANGED',
    )
  })

  test('does not replace a file unless it is told to', async () => {
    const cwd = await createFolder()
    const path = join(cwd, 'rtbridge.yaml')
    await writeFile(path, 'mine')
    const { code, stderr } = await runCli(['init'], { cwd, env })
    expect(code).toBe(6)
    expect(stderr).toContain('RTB_COMMAND_FILE_EXISTS')
    expect(await readFile(path, 'utf8')).toBe('mine')
    expect((await runCli(['init', '--force'], { cwd, env })).code).toBe(0)
    expect(await readFile(path, 'utf8')).toContain('bookings:')
  })

  test('says so when the file cannot be written', async () => {
    const cwd = await createFolder()
    const { code, stderr } = await runCli(['init', '--output', join(cwd, 'none', 'rtbridge.yaml')], {
      cwd,
      env,
    })
    expect(code).toBe(1)
    expect(stderr).toContain('RTB_COMMAND_WRITE')
  })

  test('says how to name a database when none answers', async () => {
    const { code, stderr } = await runCli(['init'], {
      env: { PGHOST: '127.0.0.1', PGPORT: '1', PGUSER: 'a' },
    })
    expect(code).toBe(4)
    expect(stderr).toContain('export DATABASE_URL=')
    expect(stderr).toContain('RTB_DATABASE_REFUSED')
  })

  test('writes no password', async () => {
    const { text } = await propose()
    expect(text).not.toContain(new URL(database.url).password || '://')
    expect(text).toContain(`url: "\${DATABASE_URL}"`)
  })
})

test.each([
  ['bookings', 'booking'],
  ['categories', 'category'],
  ['boxes', 'box'],
  ['addresses', 'address'],
  ['status', 'status'],
  ['passes', 'pass'],
  ['vehicle_queue', 'vehicle_queue'],
])('the singular of %s is %s', (plural, expected) => {
  expect(singular(plural)).toBe(expected)
})

test('names of other scripts and of camel case give valid event types', () => {
  expect(nameEvents({ schema: 'public', name: 'dayPasses' })).toEqual({
    channel: 'day_pass_events',
    stem: 'DAY_PASS',
  })
  expect(nameEvents({ schema: 'public', name: '2023 été' }).stem).toMatch(/^[A-Z][A-Z0-9_]*$/)
  expect(nameEvents({ schema: 'public', name: 'حجوزات' }).stem).toBe('ROW')
})

async function propose() {
  const { code, stdout, stderr } = await runCli(['init', '--output', '-'], { env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return { text: stdout, config: parse(stdout) }
}

function parse(text: string) {
  return loadConfig({ env, cwd: '/', readFile: () => new TextEncoder().encode(text) }).config
}
