import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { openAttackedHub } from './attacked-hub.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(path => existsSync(path))
if (executablePath === undefined) console.warn('skipped: there is no Chromium on this machine')

/** What a page says of its attempts; runs in the browser. */
const tryBoth = `async port => {
  const socket = await new Promise(resolve => {
    const opened = new WebSocket('ws://127.0.0.1:' + port + '/')
    opened.onopen = () => { opened.close(); resolve('open') }
    opened.onerror = () => resolve('refused')
  })
  const request = await fetch('http://127.0.0.1:' + port + '/health').then(answer => answer.text(), () => 'refused')
  return { socket, request }
}`

/** A web server of somebody else; its pages can be reached as `evil.example` in the browser. */
async function servePage(): Promise<number> {
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html')
    answer.end('<!doctype html><title>page</title>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function openBrowser() {
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      '--no-sandbox',
      '--host-resolver-rules=MAP *.example 127.0.0.1, MAP localhost.evil.org 127.0.0.1',
      '--disable-features=BlockInsecurePrivateNetworkRequests,LocalNetworkAccessChecks',
    ],
  })
  onTestFinished(() => browser.close())
  return browser
}

test.skipIf(executablePath === undefined)(
  'a page of another origin, or with a name that was made to lead here, gets nothing from a hub; one of this machine does',
  async () => {
    const hub = await openAttackedHub()
    const [pagePort, browser] = [await servePage(), await openBrowser()]
    const page = await browser.newPage()
    const visit = async (url: string): Promise<{ socket: string; request: string }> => {
      await page.goto(url)
      return page.evaluate(`(${tryBoth})(${hub.port})`)
    }
    expect(await visit(`http://localhost:${pagePort}/`)).toMatchObject({ socket: 'open' })
    for (const host of ['shop.example', 'localhost.evil.org']) {
      const { socket, request } = await visit(`http://${host}:${pagePort}/`)
      expect(socket).toBe('refused')
      expect(request).not.toContain('hub_id')
    }
    // Rebinding: the page and the hub are of one origin for the browser, so only the name gives it away.
    const answer = await page.goto(`http://rebind.example:${hub.port}/health`)
    expect(answer?.status()).toBe(421)
    expect(hub.refused()).toMatchObject({
      RTB_HOST_DENIED: expect.any(Number),
      RTB_ORIGIN_DENIED: expect.any(Number),
    })
    await hub.expectToServe()
  },
)
