import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { createFolder, runCli } from './run-cli.ts'

const database = await createTestDatabase()
const env = { DATABASE_URL: database.url }

const twoTables = `
database: { url: "\${DATABASE_URL}" }
tables:
  orders: { exclude: [pin], events: { ORDER_CREATED: { on: insert } } }
  items:
`

beforeEach(async () => {
  await database.query('DROP TABLE IF EXISTS orders, items, other; DROP SCHEMA IF EXISTS rtbridge CASCADE')
  await database.query(
    'CREATE TABLE orders (id int PRIMARY KEY, pin text); CREATE TABLE items (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY)',
  )
})

describe('rtbridge install-triggers', () => {
  test('captures the configured tables, says so, and says what to run next', async () => {
    const { code, stdout } = await run(twoTables)
    expect(code).toBe(0)
    expect(stdout).toContain('capture orders (not captured yet; key id, without pin)')
    expect(stdout).toContain('Installed: 2 tables captured anew')
    expect(stdout).toContain('next: rtbridge serve')
    expect(await capturedTables()).toEqual(['items', 'orders'])
  })

  test('does nothing when it is run again', async () => {
    await run(twoTables)
    const { code, stdout } = await run(twoTables)
    expect(code).toBe(0)
    expect(stdout).toContain('Nothing to do: 2 tables captured as configured.')
  })

  test('changes nothing with --dry-run', async () => {
    const { code, stdout } = await run(twoTables, '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain('Would do:')
    expect(await capturedTables()).toEqual([])
  })

  test('prints nothing but a script with --sql, which does the same', async () => {
    const { code, stdout } = await run(twoTables, '--sql')
    expect(code).toBe(0)
    expect(await capturedTables()).toEqual([])
    await database.query(stdout.replace(/^\\.*$/gm, ''))
    expect((await run(twoTables, '--check')).code).toBe(0)
  })

  test('leaves triggers of an earlier version with a note, and makes them anew with --renew', async () => {
    await run(twoTables)
    const { rows } = await database.query<{ made: string }>(
      `SELECT pg_get_triggerdef(oid) AS made FROM pg_trigger WHERE tgrelid = 'items'::regclass AND tgname = '!rtbridge_update'`,
    )
    const earlier = rows[0]?.made.replace('EXECUTE', 'WHEN (OLD.* OPERATOR(pg_catalog.*<>) NEW.*) EXECUTE')
    await database.query(`DROP TRIGGER "!rtbridge_update" ON items; ${earlier}`)
    const { code, stdout, stderr } = await run(twoTables, '--check')
    expect({ code, stdout: stdout.trim() }).toEqual({
      code: 0,
      stdout: 'Nothing to do: 2 tables captured as configured.',
    })
    expect(stderr).toContain('The triggers of items were made by an earlier version')
    expect((await run(twoTables, '--renew')).stdout).toContain(
      'capture items (its triggers are of an earlier, slower kind',
    )
    expect((await run(twoTables)).stderr).not.toContain('earlier version')
  })

  test('lists the differences with --check, and fails when there are some', async () => {
    await run(twoTables)
    expect((await run(twoTables, '--check')).code).toBe(0)
    await database.query('ALTER TABLE items DISABLE TRIGGER "!rtbridge_insert"')
    const { code, stdout, stderr } = await run(twoTables, '--check')
    expect(code).toBe(5)
    expect(stdout).toContain('capture items (trigger !rtbridge_insert is disabled')
    expect(stderr).toContain('error RTB_INSTALL_DRIFT: 1 difference between the configuration')
    expect(stderr).toContain('try: rtbridge install-triggers')
  })

  test('says that apps are told to reload a table whose trigger was off, and only then', async () => {
    expect((await run(twoTables)).stderr).not.toContain('reload')
    expect((await run(twoTables.replace('{ exclude: [pin],', '{'))).stderr).not.toContain('reload')
    await database.query('ALTER TABLE items DISABLE TRIGGER "!rtbridge_insert"')
    expect((await run(twoTables)).stderr).toContain(
      'changes of items made while a trigger was off are not in the journal: apps are told to reload',
    )
  })

  test('answers in JSON', async () => {
    const { stdout } = await run(twoTables, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      applied: true,
      steps: [
        { kind: 'migrate' },
        { kind: 'capture', table: 'items' },
        { kind: 'capture', table: 'orders', excluded: ['pin'], key_columns: ['id'] },
      ],
      unchanged: [],
    })
  })

  test('releases a table that is no longer configured', async () => {
    await run(twoTables)
    const { stdout } = await run(`database: { url: "\${DATABASE_URL}" }\ntables: [items]`)
    expect(stdout).toContain('release orders (no longer configured)')
    expect(await capturedTables()).toEqual(['items'])
  })

  test('looks at the tables of --table only, and takes those that are not configured too', async () => {
    await run(twoTables, '--table', 'orders', 'other')
    expect(await capturedTables()).toEqual(['orders', 'other'])
    const { stdout } = await run(twoTables, '--table', 'items')
    expect(stdout).not.toContain('- release')
    expect(await capturedTables()).toEqual(['items', 'orders', 'other'])
  })

  test('names the table that was probably meant', async () => {
    const { code, stderr } = await run(`database: { url: "\${DATABASE_URL}" }\ntables: [ordres]`)
    expect(code).toBe(3)
    expect(stderr).toContain(
      'error RTB_INSTALL_TABLE_MISSING: rtbridge.yaml:2:10: table ordres does not exist',
    )
    expect(stderr).toContain('did you mean orders?')
  })

  test('warns of a glob that selects nothing while others do', async () => {
    const { code, stderr } = await run(`database: { url: "\${DATABASE_URL}" }\ntables: [items, "sales.*"]`)
    expect(code).toBe(0)
    expect(stderr).toContain('no table matches sales.*')
  })

  test.each(['', 'tables: ["nothing_*"]'])('refuses to work on no table at all: %j', async tables => {
    await run(twoTables)
    const { code, stderr } = await run(`database: { url: "\${DATABASE_URL}" }\n${tables}`)
    expect(code).toBe(3)
    expect(stderr).toContain('RTB_INSTALL_NOTHING_SELECTED')
    expect(await capturedTables()).toEqual(['items', 'orders'])
  })

  test('names the owner of a table that is not ours', async () => {
    const role = `app_${database.name}`
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret-word'`)
    try {
      await database.query(`GRANT CREATE ON DATABASE ${database.name} TO ${role}`)
      const url = database.urlAs(role, 'secret-word')
      const { code, stderr } = await runCli(['install-triggers'], {
        cwd: await folderWith(twoTables),
        env: { DATABASE_URL: url },
      })
      expect(code).toBe(7)
      expect(stderr).toContain('RTB_INSTALL_NOT_OWNER')
      expect(stderr).not.toContain('secret-word')
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })
})

describe('rtbridge uninstall-triggers', () => {
  test('leaves nothing behind, and says what went', async () => {
    await run(twoTables)
    const { code, stdout } = await uninstall('--yes')
    expect(code).toBe(0)
    expect(stdout).toContain('nothing of rtbridge is left')
    expect(await capturedTables()).toEqual([])
    const { rows } = await database.query(`SELECT to_regnamespace('rtbridge') AS schema`)
    expect(rows).toEqual([{ schema: null }])
  })

  test('refuses where nobody can be asked', async () => {
    await run(twoTables)
    const { code, stderr } = await uninstall()
    expect(code).toBe(6)
    expect(stderr).toContain('RTB_COMMAND_UNCONFIRMED')
    expect(stderr).toContain('items, orders')
    expect(await capturedTables()).toEqual(['items', 'orders'])
  })

  test('keeps the journal when it is told to', async () => {
    await run(twoTables)
    const { code, stdout } = await uninstall('--yes', '--keep-journal', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      applied: true,
      tables: ['items', 'orders'],
      schema_removed: false,
    })
    const { rows } = await database.query(`SELECT to_regclass('rtbridge.journal')::text AS journal`)
    expect(rows).toEqual([{ journal: 'rtbridge.journal' }])
  })

  test('changes nothing with --dry-run and with --sql', async () => {
    await run(twoTables)
    expect((await uninstall('--dry-run')).stdout).toContain(
      'Would remove the triggers of 2 tables: items, orders',
    )
    expect((await uninstall('--sql')).stdout).toContain('DROP SCHEMA rtbridge CASCADE')
    expect(await capturedTables()).toEqual(['items', 'orders'])
  })

  test('is content when there is nothing to remove', async () => {
    const { code, stdout } = await uninstall()
    expect(code).toBe(0)
    expect(stdout).toContain('Nothing to remove')
  })
})

async function run(yaml: string, ...args: string[]) {
  return runCli(['install-triggers', ...args], { cwd: await folderWith(yaml), env })
}

async function uninstall(...args: string[]) {
  return runCli(['uninstall-triggers', ...args], { cwd: await folderWith(twoTables), env })
}

async function folderWith(yaml: string): Promise<string> {
  const folder = await createFolder()
  await writeFile(join(folder, 'rtbridge.yaml'), yaml)
  return folder
}

async function capturedTables(): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname LIKE '!rtbridge%'
     AND tgrelid <> ALL (SELECT c.oid FROM pg_class c WHERE c.oid = to_regclass('rtbridge.canary')) ORDER BY 1`,
  )
  return rows.map(row => row.name)
}
