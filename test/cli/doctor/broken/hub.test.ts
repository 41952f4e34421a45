import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { findPortOwner, parseSockets } from '../../../../src/cli/doctor/port-owner.ts'
import { findFreePort } from '../../../../src/demo/postgres/free-port.ts'
import { startServer } from '../../../support/start-server.ts'
import { waitFor } from '../../../support/wait-for.ts'
import { startCli } from '../../run-cli.ts'
import { type AilingDatabase, createAilingDatabase } from '../ailing-database.ts'

const server = await startServer({ prepare: false })
let database: AilingDatabase
let port: number

beforeEach(async () => {
  port = await findFreePort()
  database = await createAilingDatabase(server, configuration())
})

function configuration(when = "op == 'INSERT'"): string {
  return `
database: { url: "\${DATABASE_URL}", doorbell: off }
auth: { mode: open }
hub: { host: 127.0.0.1, port: ${port} }
discovery: { mdns: off }
tables: { orders: { events: { ORDERED: { on: insert, when: "${when}" } } } }
`
}

async function startHub() {
  const env = { DATABASE_URL: database.url }
  const hub = await startCli(['serve'], { cwd: database.cwd, env })
  await hub.says(/listening/)
  await waitFor(async () => (await database.look('hubs')).state === 'ok')
  return hub
}

describe('doctor names what is wrong with the hub, and the printed fix mends it', () => {
  test('the sentinel is killed, and no other hub is there', async () => {
    const hub = await startHub()
    expect(await database.look('hubs')).toMatchObject({
      found: '1 hub connected, the sentinel',
    })
    hub.child.kill('SIGKILL')
    await hub.ended()
    await waitFor(async () => (await database.look('hubs')).state !== 'ok')
    expect(await database.look('hubs')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('no hub is connected'),
      findings: [{ fix: 'rtbridge serve' }],
    })
    expect(await database.look('hub')).toMatchObject({ state: 'skipped' })
    await startHub()
    expect(await database.look('hub')).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('live at'),
    })
    expect(await database.look('port')).toMatchObject({ state: 'ok', found: `our own hub has port ${port}` })
  })

  test('the sentinel hangs', async () => {
    const hub = await startHub()
    hub.child.kill('SIGSTOP')
    onTestFinished(() => void hub.child.kill('SIGCONT'))
    expect(await database.look('port')).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(
        new RegExp(`^port ${port} is taken by process ${hub.child.pid} \\(.*a hub that does not answer`),
      ),
      findings: [{ fix: expect.stringContaining(`kill ${hub.child.pid}; rtbridge serve`) }],
    })
  })

  test('the port is taken by another program', async () => {
    const script = `require('net').createServer().listen(${port}, '127.0.0.1', () => console.log('taken'))`
    const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void other.kill('SIGKILL'))
    await once(other.stdout, 'data')
    const taken = await database.look('port')
    expect(taken).toMatchObject({
      state: 'problem',
      found: expect.stringContaining(`port ${port} is taken by process ${other.pid} (`),
      findings: [{ fix: expect.stringContaining(`hub: { port: ${port + 1} }`) }],
    })
    const pid = /^kill (\d+) /.exec(taken.findings[0]?.fix ?? '')?.[1]
    expect(Number(pid)).toBe(other.pid)
    const ended = once(other, 'close')
    other.kill()
    await ended
    expect(await database.look('port')).toMatchObject({
      state: 'ok',
      found: `port ${port} on 127.0.0.1 is free`,
    })
  })

  test('a rule is bad: the configuration is not valid', async () => {
    await writeFile(join(database.cwd, 'rtbridge.yaml'), configuration("op = 'INSERT'"))
    const ill = await database.look('configuration')
    expect(ill).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(/rtbridge\.yaml:6:\d+[\s\S]*RTB_CONFIG_INVALID/),
    })
    expect(await database.look('node')).toMatchObject({ state: 'ok' })
    expect(await database.look('tables')).toMatchObject({
      state: 'skipped',
      found: 'the configuration cannot be used',
    })
    expect((await database.run('doctor')).code).toBe(5)
    await writeFile(join(database.cwd, 'rtbridge.yaml'), configuration())
    expect(await database.look('configuration')).toMatchObject({ state: 'ok' })
  })

  test('a rule fails on real rows', async () => {
    await writeFile(join(database.cwd, 'rtbridge.yaml'), configuration('int(new.pin) > 5'))
    await startHub()
    await database.sql(`INSERT INTO orders VALUES (1, 'not a number')`)
    await waitFor(async () => (await database.look('hub')).state === 'warning')
    expect(await database.look('hub')).toMatchObject({
      found: expect.stringContaining('rule ORDERED of orders fails: '),
      findings: [{ fix: expect.stringContaining('rtbridge config check') }],
    })
  })
})

test('a listening socket is told from a connected one', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:223D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
`
  expect(parseSockets(text)).toEqual([{ port: 8765, uid: 1000, inode: '4711' }])
})

test('nobody owns a free port', () => {
  expect(findPortOwner(port)).toBeNull()
})
