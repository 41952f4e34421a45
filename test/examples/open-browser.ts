import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { findProgram } from '../support/installed-program.ts'

const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome')
if (executablePath === null) console.warn('skipped: chromium is not installed')

/** What the browser writes of a connection that failed, for whichever reason; an answer with an error is none. */
const failedConnection = /^(WebSocket connection to '[^']*' failed: |Failed to load resource: net::ERR_)/

/** Whether there is a browser to run pages in. */
export const hasBrowser = executablePath !== null

/** A page of a test. */
export interface TestPage {
  readonly page: Page
  /** What went to the console as an error or was thrown, but for connections that failed: the browser writes these itself. */
  readonly problems: readonly string[]
}

/** How a page is opened. */
export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
}

/**
 * Keeps a Chromium for the tests of a `describe`.
 * @returns opens a page with a storage of its own; it is closed after the test
 */
export function useBrowser(): (url: string, options?: PageOptions) => Promise<TestPage> {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-dev-shm-usage'],
    })
  })
  afterAll(() => browser?.close())
  return async (url, { colorScheme = 'light', width = 1280, height = 900 } = {}) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height }, locale: 'en-GB' })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', error => void problems.push(String(error.stack)))
    page.on('console', message => {
      const text = message.text()
      if (message.type() === 'error' && !failedConnection.test(text)) problems.push(text)
    })
    await page.goto(url)
    return { page, problems }
  }
}
