import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installWasla, waslaYaml } from '../support/wasla-database.ts'
import { bookSeat } from './book-seat.ts'
import { hasBrowser, useBrowser } from './open-browser.ts'

const database = await createTestDatabase()
await installWasla(database)

/** The folder of the package, as any web server for files serves it. */
async function servePackage(): Promise<string> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = url.replace(/\?.*/, '').replace(/\/$/, '/index.html')
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html'
    const file = await readFile(new URL(`../..${path}`, import.meta.url)).catch(() => null)
    response.writeHead(file === null ? 404 : 200, { 'content-type': type }).end(file)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.runIf(hasBrowser)('examples/browser', () => {
  const openPage = useBrowser()

  test('shows bookings as they are made, Arabic plates from right to left', async () => {
    const { url } = await openTestDaemon(database.url, await waslaYaml())
    await bookSeat(database, '1 TUN 1')
    const { page, problems } = await openPage(`${await servePackage()}/examples/browser/?hub=${url}`)
    const lines = page.locator('#bookings li')
    await waitFor(async () => (await lines.count()) === 1)
    await bookSeat(database, 'تونس 2')
    await waitFor(async () => (await lines.count()) === 2)
    expect(await lines.first().textContent()).toBe('تونس 2: 1, CONFIRMED')
    const direction = await page.evaluate(
      `getComputedStyle(document.querySelector('#bookings li')).direction`,
    )
    expect(direction).toBe('rtl')
    expect(await page.textContent('#state')).toBe('online')
    expect(problems).toEqual([])
  })
})
