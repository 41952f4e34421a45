import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hasBrowser, useBrowser } from '../examples/open-browser.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { blocksOf, readPages } from './pages.ts'
import { tutorialTables, tutorialYaml } from './shell/prepare.ts'

const database = await createTestDatabase()
await database.query(tutorialTables)
await installTables(database, 'tables: { bookings: { exclude: [phone] }, vehicle_queue: {} }')

const client = readFileSync(new URL('../../dist/browser/rtbridge-client.js', import.meta.url))
const [tutorial = { name: '', text: '' }] = readPages().filter(({ name }) => name === 'docs/tutorial.md')
const blocks = blocksOf(tutorial)
const html = blocks.find(({ saveAs }) => saveAs === 'page/index.html')?.text ?? ''
const statements = blocks.flatMap(({ text }) =>
  [
    ...text.matchAll(/-c "((?:INSERT INTO|DELETE FROM) (?:vehicle_queue|bookings \(passenger, seats\)).*)"/g),
  ].map(([, sql = '']) => sql),
)

/** Serves the folder of the page, as the tutorial does. */
async function servePage(hub: number): Promise<string> {
  const server = createServer(({ url }, response) => {
    const isClient = url === '/rtbridge-client.js'
    response.writeHead(isClient || url === '/' ? 200 : 404, {
      'content-type': isClient ? 'text/javascript' : 'text/html',
    })
    response.end(isClient ? client : html.replace(':8765', `:${hub}`))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

describe.runIf(hasBrowser)('the page of the tutorial', () => {
  const open = useBrowser()

  test('shows the queue as it is and the last booking', async () => {
    const { daemon } = await openTestDaemon(database.url, tutorialYaml.replace(/^database:.*\n/, ''))
    const { page, problems } = await open(await servePage(daemon.port))
    const shows = async (id: string, text: string) => {
      const message = () => `#${id} shows ${text}; the page said ${problems.join('\n')}`
      await waitFor(async () => (await page.textContent(`#${id}`)) === text, { message })
    }
    await shows('state', 'online')
    expect(statements).toHaveLength(3)
    const [add = '', remove = '', book = ''] = statements
    await database.query(add)
    await shows('queue', '184 TUN 9829152 TUN 4862')
    await database.query(remove)
    await shows('queue', '152 TUN 4862')
    await database.query(book)
    await shows('last', 'Youssef has booked 3 seats')
    expect(problems).toEqual([])
  })
})
