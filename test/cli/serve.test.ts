import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectRawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { type CliProcess, createFolder, runCli, startCli } from './run-cli.ts'

const database = await createTestDatabase()
const uninstalled = await createTestDatabase()
const yaml = `
database: { url: "\${DATABASE_URL}" }
hub: { host: 127.0.0.1, port: 0 }
tables: { orders: { events: { ORDER_CREATED: { on: insert } } } }
`

await database.query('CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric, note text)')
await uninstalled.query('DROP SCHEMA rtbridge CASCADE')
await runCli(['install-triggers'], { cwd: await folder(), env: { DATABASE_URL: database.url } })

describe('rtbridge serve', () => {
  test('serves events, and ends in order on SIGTERM', async () => {
    const { process, port } = await serve()
    const client = await connectRawClient(`ws://127.0.0.1:${port}/`)
    client.send('register', { app_name: 'desk' })
    await client.next('registered')
    await database.query(`INSERT INTO orders VALUES (1, 10.10, 'a')`)
    const event = await client.next(message => message.data['event_type'] === 'ORDER_CREATED')
    expect(event.data).toMatchObject({ table: 'orders', id: '1' })
    process.child.kill('SIGTERM')
    await client.next('going_away')
    const { code, stdout, stderr } = await process.ended()
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(logOf(stderr).at(-1)).toMatchObject({ level: 'info', msg: 'stopped' })
  })

  test('names the configuration it uses, and each one it tried when there is none', async () => {
    const { process } = await serve()
    expect(logOf(process.said.stderr)[0]?.['path']).toMatch(/rtbridge\.yaml$/)
    const other = await startCli(['serve', '--port', '0', '--host', '127.0.0.1'], {
      env: { RTBRIDGE_DATABASE_URL: database.url },
    })
    await other.says(/"msg":"listening"/)
    expect(logOf(other.said.stderr)[0]?.['tried']).toContain('/etc/rtbridge/rtbridge.yaml')
  })

  test('does not start when nothing is installed', async () => {
    const process = await startCli(['serve'], { cwd: await folder(), env: { DATABASE_URL: uninstalled.url } })
    const { code, stderr } = await process.ended()
    expect(code).toBe(5)
    expect(stderr).toContain('error RTB_INSTALL_MISSING')
    expect(stderr).toContain('try: rtbridge install-triggers')
  })

  test('starts without its database, and says that it waits', async () => {
    const process = await startCli(['serve'], {
      cwd: await folder(),
      env: { DATABASE_URL: 'postgres://a@127.0.0.1:1/b' },
    })
    await process.says(/does not answer yet/)
    process.child.kill('SIGINT')
    expect((await process.ended()).code).toBe(0)
  })

  test('does not listen to other machines without a word on who may connect', async () => {
    const env = { RTBRIDGE_DATABASE_URL: database.url, RTBRIDGE_HUB_PORT: '0' }
    const process = await startCli(['serve'], { env })
    const { code, stderr } = await process.ended()
    expect(code).toBe(3)
    expect(stderr).toContain('error RTB_AUTH_UNDECIDED')
    expect(stderr).toContain('mode: key')
  })

  test('tells who has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await waitFor(() => other.listening)
    const { port } = other.address() as { port: number }
    const process = await startCli(['serve', '--port', String(port)], {
      cwd: await folder(),
      env: { DATABASE_URL: database.url },
    })
    const { code, stderr } = await process.ended()
    expect(code).toBe(1)
    expect(stderr).toContain('error RTB_HUB_PORT_IN_USE')
    expect(stderr).toContain('`rtbridge status` tells whether a hub has it')
  })

  test('takes new rules on SIGHUP, on connections that are there', async () => {
    const { process, cwd, port } = await serve()
    const client = await connectRawClient(`ws://127.0.0.1:${port}/`)
    client.send('register', { app_name: 'desk' })
    await client.next('registered')
    await writeFile(join(cwd, 'rtbridge.yaml'), yaml.replaceAll('ORDER_CREATED', 'ORDER_TAKEN'))
    process.child.kill('SIGHUP')
    await process.says(/rules, policies and keys are in use/)
    await database.query(`INSERT INTO orders VALUES (10, 1)`)
    const event = await client.next(message => message.data['event_type'] !== 'INSERT')
    expect(event.data).toMatchObject({ event_type: 'ORDER_TAKEN', id: '10' })
    expect(client.closed).toBeNull()
  })

  test.each([
    ['is half written', yaml.slice(0, -30)],
    ['has a mistake', 'hub: { prot: 1 }'],
    ['is empty', ''],
    ['has a rule that cannot be', yaml.replace('on: insert', 'on: insert, when: "new.("')],
  ])('keeps what it has when the file %s on SIGHUP, and says why', async (_, text) => {
    const { process, cwd, port } = await serve()
    await writeFile(join(cwd, 'rtbridge.yaml'), text)
    process.child.kill('SIGHUP')
    await process.says(/the reload changed nothing/)
    const health = await (await fetch(`http://127.0.0.1:${port}/health`)).json()
    expect(health).toMatchObject({ state: 'live', problems: [{ code: 'RTB_CONFIG_RELOAD' }] })
    await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
    process.child.kill('SIGHUP')
    await process.says(/rules, policies and keys are in use/)
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).json()).toMatchObject({ problems: [] })
  })

  test('names on SIGHUP what needs a restart, and tables that are not captured yet', async () => {
    await database.query('CREATE TABLE IF NOT EXISTS fresh (id bigint PRIMARY KEY)')
    const { process, cwd } = await serve()
    const changed = yaml
      .replace('port: 0', 'port: 0, queue: 1MiB')
      .replace('tables: {', 'tables: { fresh: {},')
    await writeFile(join(cwd, 'rtbridge.yaml'), `${changed}journal: { retention: 2h }\n`)
    process.child.kill('SIGHUP')
    await process.says(/"settings":\["hub.queue","journal.retention"\].*in use after a restart only/)
    await process.says(/"steps":\["capture fresh .*not installed as configured/)
  })
})

test('a reload takes keys and rules into use at once, also while the database does not answer the one before', async () => {
  const { process, cwd, port } = await serve()
  const blocker = new Client({ connectionString: database.url })
  await blocker.connect()
  onTestFinished(() => blocker.end())
  await blocker.query('BEGIN; LOCK TABLE rtbridge.captured_table IN ACCESS EXCLUSIVE MODE')
  const rulesOf = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/tables`)
    const { rules } = (await answer.json()) as { rules: { event_type: string }[] }
    return rules.map(({ event_type: type }) => type)
  }
  for (const name of ['ORDER_TAKEN', 'ORDER_GIVEN', 'ORDER_LOST']) {
    await writeFile(join(cwd, 'rtbridge.yaml'), yaml.replaceAll('ORDER_CREATED', name))
    process.child.kill('SIGHUP')
    await waitFor(async () => (await rulesOf()).includes(name))
  }
})

describe('rtbridge status', () => {
  test('begins with the verdict, and is content when everything is well', async () => {
    const { port } = await serve()
    const { code, stdout } = await status({ RTBRIDGE_HUB_PORT: port })
    expect(stdout).toMatch(new RegExp(`^ok: hub on 127.0.0.1:${port} live, 0 clients, 1 table captured\n`))
    expect(stdout).toMatch(
      /journal {3}about \d+ changes? \(with the hub’s own\), [\d.]+ kB of at most 1\.1 GB, kept for 1 day/,
    )
    expect(stdout).toMatch(/clients that were here since \d{4}-\d\d-\d\dT[\d:.]+Z can resume/)
    expect(code).toBe(0)
  })

  test('says that no hub answers', async () => {
    const { code, stdout } = await status({ RTBRIDGE_HUB_PORT: '1' })
    expect(code).toBe(5)
    expect(stdout).toMatch(/^down: no hub answers at 127\.0\.0\.1:1: .*\n {2}try: rtbridge serve\n/)
  })

  test('names what has drifted', async () => {
    const { port } = await serve()
    await database.query('ALTER TABLE orders DISABLE TRIGGER "!rtbridge_delete"')
    onTestFinished(async () => {
      await database.query('ALTER TABLE orders ENABLE TRIGGER "!rtbridge_delete"')
    })
    const { code, stdout } = await status({ RTBRIDGE_HUB_PORT: port })
    expect(code).toBe(5)
    expect(stdout).toMatch(/^degraded: 1 difference between/)
    expect(stdout).toContain('- capture orders (trigger !rtbridge_delete is disabled')
  })

  test('tells an unreachable database by its exit code', async () => {
    const { code, stdout } = await status({
      RTBRIDGE_HUB_PORT: '1',
      DATABASE_URL: 'postgres://a@127.0.0.1:1/b',
    })
    expect(code).toBe(4)
    expect(stdout).toMatch(/^down: nothing accepts connections there/)
  })

  test('answers in JSON', async () => {
    const { port } = await serve()
    const { stdout } = await status({ RTBRIDGE_HUB_PORT: port }, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      state: 'ok',
      problems: [],
      database: { reachable: true, name: database.name },
      triggers: { captured: 1, drift: [] },
      journal: {
        keep_ms: 86_400_000,
        max_bytes: 1_073_741_824,
        resumable_since: expect.stringMatching(/Z$/),
      },
      hub: { reachable: true, health: { version: 1, state: 'live' } },
    })
  })
})

describe('rtbridge tail', () => {
  test('prints events as lines for people', async () => {
    const { port } = await serve()
    const tail = await follow(port)
    await database.query(`INSERT INTO orders VALUES (20, 10.10, E'one\\u001b[31m')`)
    const [line = ''] = await tail.says(/^.*ORDER_CREATED.*$/m)
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ORDER_CREATED {6}orders 20 \{.*10\.10/)
    expect(tail.said.stdout).not.toContain('\u001b')
  })

  test('prints events as the hub sent them with --json, every digit kept', async () => {
    const { port } = await serve()
    const tail = await follow(port, '--json', '--event', 'ORDER_*', '--limit', '1')
    await database.query('INSERT INTO orders VALUES (9007199254740993, 1.50)')
    const { code, stdout } = await tail.ended()
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(stdout).toContain('9007199254740993')
    expect(stdout).toContain('1.50')
    expect(JSON.parse(stdout)).toMatchObject({ event_type: 'ORDER_CREATED', id: '9007199254740993' })
  })

  test('prints only rows that fit, and goes on where it ended', async () => {
    const { port } = await serve()
    const first = await follow(port, '--where', 'new.amount > 100.0', '--table', 'orders')
    await database.query('INSERT INTO orders VALUES (31, 1), (32, 200)')
    await first.says(/orders 32/)
    expect(first.said.stdout).not.toContain('orders 31')
    first.child.kill('SIGINT')
    const { code } = await first.ended()
    expect(code).toBe(0)
    const [, cursor = ''] = await first.says(/--table orders --where 'new\.amount > 100\.0' --since (\S+)/)
    await database.query('INSERT INTO orders VALUES (33, 1)')
    const second = await follow(port, '--since', cursor, '--event', 'ORDER_CREATED', '--limit', '1')
    expect((await second.ended()).stdout).toContain('orders 33')
  })

  test('comes back by itself, and misses nothing, when the hub restarts', async () => {
    const { process, port } = await serve()
    const tail = await follow(port, '--event', 'ORDER_CREATED')
    process.child.kill('SIGKILL')
    await tail.says(/the connection ended/)
    await database.query('INSERT INTO orders VALUES (41, 1)')
    await serve(port)
    await tail.says(/orders 41/)
  })

  test('says that it is not the right cursor', async () => {
    const { port } = await serve()
    const tail = await follow(port, '--since', 'v1.AAAA')
    await tail.says(/warning: gap: the cursor is not one that rtbridge gave out/)
  })

  test('tells what the hub does not accept', async () => {
    const { port } = await serve()
    const { code, stderr } = await runCli(['tail', '--url', `ws://127.0.0.1:${port}`, '--where', 'new.('])
    expect(code).toBe(2)
    expect(stderr).toContain('error RTB_TAIL_REJECTED')
  })

  test('tells that there is no hub', async () => {
    const { code, stderr } = await runCli(['tail', '--url', 'ws://127.0.0.1:1'])
    expect(code).toBe(1)
    expect(stderr).toContain('error RTB_TAIL_UNREACHABLE: no hub answers at ws://127.0.0.1:1')
  })
})

async function folder(): Promise<string> {
  const path = await createFolder()
  await writeFile(join(path, 'rtbridge.yaml'), yaml)
  return path
}

/** Starts a hub and waits until it is live. */
async function serve(port = '0'): Promise<{ process: CliProcess; port: string; cwd: string }> {
  const cwd = await folder()
  const process = await startCli(['serve', '--port', port], { cwd, env: { DATABASE_URL: database.url } })
  await process.says(/database connected/)
  const [, chosen = ''] = await process.says(/"port":(\d+)/)
  return { process, port: chosen, cwd }
}

/** Starts a tail and waits until nothing can be missed. */
async function follow(port: string, ...args: string[]): Promise<CliProcess> {
  const tail = await startCli(['tail', '--url', `ws://127.0.0.1:${port}`, ...args])
  await waitFor(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health`)
    const { hub } = (await answer.json()) as { hub: { registered: number } }
    return hub.registered > 0 || tail.child.exitCode !== null
  })
  return tail
}

async function status(env: Record<string, string>, ...args: string[]) {
  return runCli(['status', ...args], { cwd: await folder(), env: { DATABASE_URL: database.url, ...env } })
}

function logOf(stderr: string): Record<string, unknown>[] {
  return stderr
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}
