import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installWasla, waslaYaml } from '../support/wasla-database.ts'
import { hasChromium, openBrowser } from './open-react-page.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const example = join(project, 'examples/react')
/** Where to keep pictures of the page, for eyes; default: none are made. */
const pictures = process.env['RTBRIDGE_TEST_PICTURES']

// `npm test` has built.
const isBuilt = existsSync(join(project, 'dist/react/index.js'))
if (!isBuilt) console.warn('skipped: the project is not built, run `npm run build`')

const database = await createTestDatabase()
await installWasla(database)
const yaml = await waslaYaml()

describe.runIf(hasChromium && isBuilt)('examples/react', () => {
  let browser: Browser
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtbridge-example-'))
    // As `vite build` does it there, with this checkout in place of the package.
    await build({
      root: example,
      logLevel: 'error',
      resolve: {
        alias: [
          { find: 'rtbridge/client', replacement: join(project, 'dist/client/index.js') },
          { find: 'rtbridge/react', replacement: join(project, 'dist/react/index.js') },
        ],
      },
      build: { outDir: folder, emptyOutDir: true },
    })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() =>
    database.query('DELETE FROM bookings').then(() => database.query('DELETE FROM vehicle_queue')),
  )

  async function openBoard(hub: string, desk: string, look: 'light' | 'dark' = 'light'): Promise<Page> {
    const origin = await serveFolder(folder)
    const page = await browser.newPage({ colorScheme: look, viewport: { width: 1200, height: 800 } })
    onTestFinished(() => page.close())
    const complaints: string[] = []
    page.on('pageerror', error => complaints.push(error.message))
    onTestFinished(() => expect(complaints).toEqual([]))
    await page.goto(`${origin}/?${new URLSearchParams({ hub, desk })}`)
    return page
  }

  test('shows the queue, bookings, people and messages of a station, as they change', async () => {
    const { url } = await openTestDaemon(database.url, yaml)
    await enterVehicles()
    const page = await openBoard(url, 'Desk 1')
    const other = await openBoard(url, 'مكتب تونس', 'dark')
    const section = (name: string) => page.getByRole('region', { name })
    await page.getByRole('status').getByText('Live').waitFor()
    await section('Departures').getByRole('row', { name: '185 TUN 4821' }).waitFor()
    expect(await section('Departures').getByRole('table').count()).toBe(3)
    expect(await plates(page)).toEqual(['201 TUN 77', '244 تونس 1208', '185 TUN 4821', '122 TUN 9034'])

    await database.query('UPDATE vehicle_queue SET queue_position = 3 WHERE license_plate = $1', [
      '185 TUN 4821',
    ])
    await waitFor(
      async () => (await plates(page)).join() === '201 TUN 77,244 تونس 1208,122 TUN 9034,185 TUN 4821',
    )

    await book('tunis', 2)
    await section("Today's bookings").getByText('2 × Tunis').waitFor()
    await database.query(`UPDATE bookings SET status = 'CANCELLED'`)
    await section("Today's bookings").getByText('cancelled').waitFor()
    await book('sfax', 3)
    await book('mahdia', 1)

    await section('Who is here, and who has just left').getByText('مكتب تونس').waitFor()
    const form = other.getByLabel('To all desks')
    await form.fill('حافلة سوسة تغادر بعد خمس دقائق')
    await form.press('Enter')
    const message = section('Messages').getByText('حافلة سوسة تغادر بعد خمس دقائق')
    await message.waitFor()
    expect(await section('Messages').locator('span:dir(rtl)').count()).toBe(1)
    await page.getByLabel('To all desks').fill('All right')
    await page.getByRole('button', { name: 'Send' }).click()
    await other.getByText('All right').waitFor()
    // It is shown at once where it was written, and once.
    expect(await section('Messages').getByText('All right').count()).toBe(1)

    await takePictures(page, other)
  })

  test('fits a narrow window, and says so when the hub has gone', async () => {
    const { url, daemon } = await openTestDaemon(database.url, yaml)
    await enterVehicles()
    const page = await openBoard(url, 'Desk 1')
    await page.setViewportSize({ width: 320, height: 640 })
    await page.getByText('185 TUN 4821').waitFor()
    await picture(page, 'narrowest')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    await daemon.close()
    await page.getByRole('status').getByText('trying again').waitFor()
    await page.getByText('185 TUN 4821').waitFor()
    await page.getByLabel('To all desks').fill('Is anybody there?')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('alert').waitFor()
    await picture(page, 'narrow-lost')
  })

  test('has types that fit the hooks', async () => {
    const config = fileURLToPath(new URL('example.tsconfig.json', import.meta.url))
    const compiled = promisify(execFile)('npx', ['--no-install', 'tsc', '-p', config], { cwd: project })
    // What the compiler complains of is in its output.
    expect(await compiled.catch((error: { stdout: string }) => error)).toMatchObject({ stdout: '' })
  })

  async function enterVehicles(): Promise<void> {
    await database.query(`INSERT INTO vehicle_queue
        (destination_id, license_plate, queue_position, available_seats, status) VALUES
        ('tunis', '185 TUN 4821', 1, 2, 'LOADING'), ('tunis', '122 TUN 9034', 2, 8, 'WAITING'),
        ('sousse', '201 TUN 77', 1, 0, 'READY'), ('test-dest', '244 تونس 1208', 1, 5, 'LOADING')`)
  }

  const book = (destination: string, seats: number) =>
    database.query(
      `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount) VALUES ($1, '1', $2, 29)`,
      [destination, seats],
    )
  const plates = (page: Page) => page.locator('tbody th').allInnerTexts()

  async function takePictures(light: Page, dark: Page): Promise<void> {
    await picture(light, 'light')
    await picture(dark, 'dark')
    for (const page of [light, dark]) await page.setViewportSize({ width: 390, height: 844 })
    await picture(light, 'narrow-light')
    await picture(dark, 'narrow-dark')
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
  }
})

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

async function serveFolder(folder: string): Promise<string> {
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://127.0.0.1')
    const path = pathname === '/' ? '/index.html' : pathname
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
    response.end(await readFile(join(folder, path)))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
