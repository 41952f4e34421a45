import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runAdminSql } from '../support/admin-sql.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { createFolder, startCli } from './run-cli.ts'

const startMs = 60_000

describe('rtbridge demo', () => {
  test('shows live business events, tells how to join in, and leaves nothing running', {
    timeout: 90_000,
  }, async () => {
    const demo = await startCli(['demo', '--port', '18800', '--rate', '20'])
    await demo.says(/BOOKING_CREATED/, startMs)
    await demo.says(/VEHICLE_ENTERED/)
    await demo.says(/\(first event \d+\.\d s after the start\)/)
    const [, hub = ''] = await demo.says(/(ws:\/\/127\.0\.0\.1:\d+)/)
    const [, database = ''] = await demo.says(/psql '([^']+)'/)
    const [, dashboard = ''] = await demo.says(/Open (http:\/\/127\.0\.0\.1:\d+\/dashboard) in a browser/)
    const standing = await fetch(new URL('/api/dashboard', dashboard))
    expect(await standing.json()).toEqual({ admin: true, user: null })
    expect(await (await fetch(dashboard)).text()).toContain('/dashboard/assets/')

    const client = await connectRawClient(hub)
    client.send('register', { app_name: 'desk' })
    await client.next('registered')
    await runAdminSql(database, [
      `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount) VALUES ('test-dest', 'TEST123', 2, 10.0)`,
    ])
    await client.next(message => JSON.stringify(message.data).includes('TEST123'))

    demo.child.kill('SIGINT')
    const { code, stdout, stderr } = await demo.ended()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/stopped; nothing is left running\n$/)
    await expect(runAdminSql(database, ['SELECT 1'])).rejects.toThrow('ECONNREFUSED')
  })

  test('takes the next port when one is taken, keeps a named folder, and ends by itself', {
    timeout: 90_000,
  }, async () => {
    const folder = await createKeptFolder()
    await occupy(18_820)
    const demo = await startCli([
      'demo',
      '--port',
      '18820',
      '--duration',
      '1',
      '--data-dir',
      folder,
      '--json',
    ])
    await demo.says(/port 18820 is taken, the hub is on port 18821/, startMs)
    const { code, stdout } = await demo.ended()
    expect(code).toBe(0)
    const [start, ...events] = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    expect(start).toMatchObject({ version: 1, hub: 'ws://127.0.0.1:18821', data_dir: folder })
    expect(events.length).toBeGreaterThan(0)
    expect(existsSync(join(folder, 'data'))).toBe(true)
  })

  test('cleans up when it is interrupted while it starts', async () => {
    const demo = await startCli(['demo', '--port', '18840'])
    await demo.says(/starting PostgreSQL/, startMs)
    demo.child.kill('SIGTERM')
    const { code, stderr } = await demo.ended(30_000)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('leaves nothing running when it fails half-way', { timeout: 90_000 }, async () => {
    const folder = await createKeptFolder()
    await occupy(65_535)
    const demo = await startCli(['demo', '--port', '65535', '--data-dir', folder])
    const { code, stderr } = await demo.ended(startMs)
    expect(code).toBe(1)
    expect(stderr).toContain('error RTB_HUB_PORT_IN_USE')
    expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(false)
  })
})

/** A folder below one that the server's own user may enter: as root, PostgreSQL runs as somebody else. */
async function createKeptFolder(): Promise<string> {
  const parent = await createFolder()
  await chmod(parent, 0o755)
  return join(parent, 'kept')
}

/** Listens on a port until the test is done. */
async function occupy(port: number): Promise<void> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', resolve),
  )
}
