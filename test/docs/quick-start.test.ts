import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { runExample } from '../examples/run-example.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installWasla, waslaYaml } from '../support/wasla-database.ts'

const project = new URL('../../', import.meta.url)
const file = await readFile(new URL('examples/quick-start/quick-start.js', project), 'utf8')
const readme = await readFile(new URL('README.md', project), 'utf8')
const database = await createTestDatabase()
await installWasla(database)

/** A folder in which the package is installed, with the quick start for a hub at this address. */
async function installQuickStart(url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-quick-start-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'node_modules'))
  await symlink(fileURLToPath(project), join(folder, 'node_modules/rtbridge'))
  await writeFile(join(folder, 'desk.mjs'), file.replace('ws://office-server:8765', url))
  return join(folder, 'desk.mjs')
}

test('the README shows the quick start as it is, in ten lines', () => {
  expect(readme).toContain(`\`\`\`js\n${file}\`\`\`\n`)
  expect(file.trimEnd().split('\n').length).toBeLessThanOrEqual(10)
  expect(file).toContain('ws://office-server:8765')
})

test('the quick start says that it is online, what is booked, and how many vehicles wait', async () => {
  const { url } = await openTestDaemon(database.url, await waslaYaml())
  const app = runExample(await installQuickStart(url))
  const message = () => `it printed so; it said ${[...app.lines, ...app.problems].join('\n')}`
  const printed = (line: string) =>
    waitFor(() => app.lines.some(printed => printed.trim() === line), { message })
  await printed('online')
  await database.query(
    `INSERT INTO vehicle_queue (destination_id, license_plate, queue_position)
     VALUES ('sfax', '1 TUN 1', 1), ('sfax', '2 TUN 2', 2)`,
  )
  await printed('waiting 2')
  await database.query(
    `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount)
     VALUES ('sfax', '1 TUN 1', 2, 26.40)`,
  )
  await waitFor(() => app.lines.some(line => line.startsWith('booked')), { message })
  await database.query(`DELETE FROM vehicle_queue WHERE license_plate = '1 TUN 1'`)
  await printed('waiting 1')
  expect(app.problems).toEqual([])
})

test('the quick start says why it does not reach the hub', async () => {
  const app = runExample(await installQuickStart('ws://127.0.0.1:9'))
  await waitFor(() => app.lines.some(line => /^retrying cannot reach the hub: /.test(line)))
})
