import { readFile } from 'node:fs/promises'
import { transform } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { makeCertificates } from '../support/make-certificates.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installWasla, waslaYaml } from '../support/wasla-database.ts'
import { bookSeat } from './book-seat.ts'

const folder = new URL('../../examples/desktop/', import.meta.url)
const database = await createTestDatabase()
await installWasla(database)

/** What a window was sent, as `channel data`. */
interface FakeWindow {
  readonly sent: (readonly [string, unknown])[]
  readonly webContents: { send(channel: string, data: unknown): void }
}

interface HubInMain {
  openHub(options: object): { readonly status: { readonly state: string }; close(): Promise<void> }
}

function openWindow(): FakeWindow {
  const sent: (readonly [string, unknown])[] = []
  return { sent, webContents: { send: (channel, data) => void sent.push([channel, data]) } }
}

const { openHub } = (await import(new URL('hub-in-main.js', folder).href)) as HubInMain

/** The main process, with what Electron would hand to it played. */
function startMain(ca: string, url: string) {
  const window = openWindow()
  const handlers = new Map<string, () => unknown>()
  const ipcMain = { handle: (channel: string, handler: () => unknown) => void handlers.set(channel, handler) }
  const client = openHub({ ca, ipcMain, windows: () => [window], findUrls: () => url })
  onTestFinished(() => client.close())
  return { window, handlers, client }
}

async function openSecureHub() {
  const { certFile, keyFile, ca } = await makeCertificates()
  const yaml = `tls: { cert: ${certFile}, key: ${keyFile} }\n${await waslaYaml()}`
  const { daemon } = await openTestDaemon(database.url, yaml)
  return { ca, url: `wss://127.0.0.1:${daemon.port}` }
}

test("Electron's main process hands events and rows to its windows, over TLS with an authority of one's own", async () => {
  const { ca, url } = await openSecureHub()
  const { window, handlers } = startMain(ca, url)
  await waitFor(() => window.sent.some(([, data]) => (data as { state?: string }).state === 'online'))
  const id = await bookSeat(database, '1 TUN 1')
  await waitFor(() => window.sent.some(([channel, data]) => channel === 'hub:event' && idOf(data) === id))
  await database.query(
    `INSERT INTO vehicle_queue (destination_id, license_plate, queue_position) VALUES ('sfax', '1 TUN 1', 1)`,
  )
  const lastSent = () => window.sent.findLast(([channel]) => channel === 'hub:queue')?.[1]
  await waitFor(() => (lastSent() as readonly unknown[]).length === 1)
  expect(lastSent()).toMatchObject([{ license_plate: '1 TUN 1' }])
  // A window that opens now asks for the same.
  expect(handlers.get('hub:queue')?.()).toBe(lastSent())
})

test("Electron's main process trusts no hub of another authority", async () => {
  const { url } = await openSecureHub()
  const { ca } = await makeCertificates()
  const { window, client } = startMain(ca, url)
  await waitFor(() => client.status.state === 'retrying')
  expect(window.sent.some(([, data]) => (data as { state?: string }).state === 'online')).toBe(false)
})

test('what Electron loads before a page can be read', async () => {
  const preload = await readFile(new URL('preload.cjs', folder), 'utf8')
  await expect(transform(preload, { loader: 'js' })).resolves.toBeDefined()
})

const idOf = (data: unknown) => (data as { id: string }).id
