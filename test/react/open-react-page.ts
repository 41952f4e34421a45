import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { findProgram } from '../support/installed-program.ts'
import { waitFor } from '../support/wait-for.ts'

const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome')
if (executablePath === null) console.warn('skipped: chromium is not installed')

/** False: the tests have to be skipped. */
export const hasChromium = executablePath !== null

/** A frame that a page has sent. */
export interface SentFrame {
  readonly message_type: string
  readonly data: {
    readonly subscriptions?: readonly object[]
    readonly id?: string
    readonly snapshot?: boolean
  }
}

/** A page in Chromium with React in it. */
export interface ReactPage {
  readonly page: Page
  /** What the page shows, as text. */
  text(): Promise<string>
  /** Waits until the page shows exactly this. */
  shows(text: string): Promise<void>
  /** Frames of the page about subscriptions, in order, such as `subscribe`. */
  frames(): Promise<string[]>
  sent(): Promise<SentFrame[]>
  /** What went to `onError` of the client, and what the console complained of. */
  errors(): Promise<string[]>
  /** How often a component was rendered. */
  renders(name: string): Promise<number>
}

/** Where a page goes. */
export interface ReactPageOptions {
  /** The hub. */
  readonly url: string
  /** Name of the app; default `page`. */
  readonly app?: string
  /** Markup that is in the page before its script runs; default none. */
  readonly markup?: string
}

/** A `node_modules` with another version of React, to test with; default: the one that is installed. */
export const otherReact = process.env['RTBRIDGE_TEST_REACT']

const about = ['register', 'subscribe', 'unsubscribe', 'presence', 'join', 'leave']

/**
 * Starts Chromium for the tests of a file; ended after them.
 * @returns opens a page that runs a piece of JSX, with everything of `page-parts.js` in scope; closed after the test
 */
export function startReactPages(): (code: string, options: ReactPageOptions) => Promise<ReactPage> {
  let browser: Browser
  beforeAll(async () => {
    if (!hasChromium) return
    browser = await openBrowser()
  })
  afterAll(() => browser?.close())
  return async (code, { url, app = 'page', markup = '' }) => {
    const origin = await serve(await bundle(code), markup)
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    const complaints: string[] = []
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error' && !message.text().includes('WebSocket connection')) {
        complaints.push(message.text())
      }
    })
    await page.goto(`${origin}/?${new URLSearchParams({ hub: url, app })}`)
    return describePage(page, complaints)
  }
}

/** Starts Chromium. The caller closes it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-dev-shm-usage'],
  })
}

function describePage(page: Page, complaints: readonly string[]): ReactPage {
  const sent = () => page.evaluate('sent') as Promise<SentFrame[]>
  const text = () => page.innerText('#root')
  return {
    page,
    text,
    sent,
    async shows(wanted) {
      await waitFor(async () => (await text()).trim() === wanted, {
        message: `the page showed ${wanted}`,
      })
    },
    async frames() {
      return (await sent()).map(({ message_type }) => message_type).filter(type => about.includes(type))
    },
    async errors() {
      return [...complaints, ...((await page.evaluate('errors')) as string[])]
    },
    async renders(name) {
      return ((await page.evaluate('renders')) as Record<string, number>)[name] ?? 0
    },
  }
}

/** As a bundler of an app would, for development: there StrictMode does everything twice. */
async function bundle(code: string): Promise<string> {
  const names = [
    'Activity, Profiler, StrictMode, memo, useEffect, useState, hydrateRoot, client, count, show',
    'RtbridgeProvider, useCheckpoint, useClient, useConnection, useEvent, useEventLog, useGap, useLatest',
    'useLiveTable, usePresence',
  ]
  const { outputFiles } = await build({
    stdin: {
      contents: `import { ${names.join(', ')} } from './page-parts.js'\n${code}`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'jsx',
    },
    bundle: true,
    format: 'iife',
    jsx: 'automatic',
    ...(otherReact && {
      alias: { react: join(otherReact, 'react'), 'react-dom': join(otherReact, 'react-dom') },
    }),
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

async function serve(script: string, markup: string): Promise<string> {
  const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><div id="root">${markup}</div><script src="/page.js"></script>`
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : html)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
