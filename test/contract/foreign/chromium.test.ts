import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { testDoorLimits } from '../../support/door-limits.ts'
import { findProgram } from '../../support/installed-program.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { waitFor } from '../../support/wait-for.ts'

const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome')
if (executablePath === null) console.warn('skipped: chromium is not installed')

/** What the page keeps; its own code is in `pageText`. */
interface Seen {
  readonly name: string
  readonly data: string
  readonly id: string
}

const pageText = `<!doctype html><title>desk</title><script>
  const seen = []
  const names = ['registered', 'INSERT', 'BOOKING_CREATED', 'checkpoint', 'gap', 'going_away', 'error']
  function openEvents(url) {
    window.source = new EventSource(url)
    for (const name of names) {
      source.addEventListener(name, event => {
        if (event.data !== undefined) seen.push({ name, data: event.data, id: event.lastEventId })
      })
    }
  }
  function openSocket(url, register) {
    window.socket = new WebSocket(url)
    socket.onopen = () => socket.send(register)
    socket.onmessage = ({ data }) => seen.push({ name: JSON.parse(data).message_type, data, id: '' })
    socket.onclose = ({ code }) => seen.push({ name: 'close', data: String(code), id: '' })
  }
</script>`

/** A page of a web server of its own, as an app has it. */
async function servePage(): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(pageText)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.runIf(executablePath !== null)('headless Chromium', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-dev-shm-usage'],
    })
  })
  afterAll(() => browser?.close())

  async function openPage(origin: string): Promise<Page> {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(origin)
    return page
  }
  const seenIn = (page: Page) => page.evaluate('seen') as Promise<Seen[]>
  const waitSeen = (page: Page, name: string, count = 1) =>
    waitFor(
      async () => {
        const found = (await seenIn(page)).filter(each => each.name === name)
        return found.length >= count ? found : null
      },
      { message: `the page saw ${count} ${name}` },
    )
  const idsIn = (seen: readonly Seen[]) =>
    seen.map(({ data }) => (JSON.parse(data) as { event_id: string }).event_id)

  test('reads events with EventSource, from a page of another origin that is allowed', async () => {
    const origin = await servePage()
    const { hub, history, url } = await openTestServer({ sizes: [2, 3] })
    const page = await openPage(origin)
    await page.evaluate(`openEvents(${JSON.stringify(url('/events?client_id=page'))})`)
    await waitSeen(page, 'registered')
    for (const piece of history.pieces(0, 2)) hub.publish(piece)
    const events = await waitSeen(page, 'INSERT', 5)
    expect(idsIn(events)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5'])
    expect(events.at(-1)?.id).toBe(hub.stats().cursor)
  })

  test('comes back by itself where it was, and loses and doubles nothing', async () => {
    const origin = await servePage()
    const { hub, history, url } = await openTestServer({ sizes: [2, 3, 4] })
    const page = await openPage(origin)
    await page.evaluate(`openEvents(${JSON.stringify(url('/events'))})`)
    await waitSeen(page, 'registered')
    for (const piece of history.pieces(0, 1)) hub.publish(piece)
    await waitSeen(page, 'checkpoint')
    for (const { feed } of hub.connections()) feed.cut(4001, 'for the test')
    for (const piece of history.pieces(1, 3)) hub.publish(piece)
    const events = await waitSeen(page, 'INSERT', 9)
    expect(idsIn(events)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8', 'e9'])
    const [, again] = await waitSeen(page, 'registered', 2)
    expect(JSON.parse(again?.data ?? '')).toMatchObject({ resumed: 'resumed' })
  })

  test('reads nothing from a page of an origin that is not allowed', async () => {
    const limits = { ...testDoorLimits, allowOrigins: ['https://app.example'] }
    const { hub, url } = await openTestServer({}, { limits })
    const page = await openPage(await servePage())
    await page.evaluate(`openEvents(${JSON.stringify(url('/events'))})`)
    // 2 = closed for good.
    await waitFor(async () => (await page.evaluate('source.readyState')) === 2)
    expect(await seenIn(page)).toEqual([])
    await waitFor(() => hub.stats().connections === 0)
  })

  test('gives up for good what the hub refuses', async () => {
    const origin = await servePage()
    const { url } = await openTestServer()
    const page = await openPage(origin)
    await page.evaluate(`openEvents(${JSON.stringify(url('/events?evnts=A'))})`)
    await waitFor(async () => (await page.evaluate('source.readyState')) === 2)
  })

  test('reads events with WebSocket, and is told to come back', async () => {
    const { hub, history, server } = await openTestServer({ sizes: [2, 3] })
    const page = await openPage(await servePage())
    const register = JSON.stringify({ message_type: 'register', data: { app_name: 'page', batch: true } })
    await page.evaluate(`openSocket('ws://127.0.0.1:${server.port}/', ${JSON.stringify(register)})`)
    await waitSeen(page, 'registered')
    for (const piece of history.pieces(0, 2)) hub.publish(piece)
    await waitFor(async () => {
      const frames = (await seenIn(page)).filter(({ name }) => name === 'events')
      return frames.flatMap(({ data }) => JSON.parse(data).data.events).length === 5
    })
    await hub.close('restart')
    const [close] = await waitSeen(page, 'close')
    expect(close?.data).toBe('4000')
    expect(await waitSeen(page, 'going_away')).toHaveLength(1)
  })
})
