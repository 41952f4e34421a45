import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { Language } from '../../src/catalogue/translator.ts'
import { startDaemon } from '../../src/daemon.ts'
import { hasChromium, openBrowser } from '../react/open-react-page.ts'
import type { TestDaemon } from '../support/daemon-fixture.ts'
import { openTestDaemon, testConfig } from '../support/daemon-fixture.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installWasla, waslaYaml } from '../support/wasla-database.ts'

export { hasChromium } from '../react/open-react-page.ts'

/** How a page is looked at. */
export interface View {
  readonly language?: Language
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
}

/** The dashboard in Chromium. */
export interface DashboardPage {
  readonly page: Page
  /** What the console complained of, violations of the policy among it. */
  readonly complaints: readonly string[]
}

/** A hub with the tables of the example, whose admin signs in with a key. */
export interface DashboardHub extends TestDaemon {
  readonly database: TestDatabase
  readonly origin: string
  readonly adminKey: string
  readonly clerkKey: string
  /** Puts other rules in force, of a file at this path; who may sign in stays. */
  reload(yaml: string, path?: string): Promise<void>
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Starts Chromium for the tests of a file; ended after them.
 * @returns opens an address; closed after the test
 */
export function startDashboardPages(): (address: string, view?: View) => Promise<DashboardPage> {
  let browser: Browser
  beforeAll(async () => {
    if (hasChromium) browser = await openBrowser()
  })
  afterAll(() => browser?.close())
  return async (address, { language = 'en', colorScheme = 'light', width = 1_280 } = {}) => {
    const context = await browser.newContext({
      locale: language,
      colorScheme,
      viewport: { width, height: 800 },
    })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error' && !isAnswer(message.text())) complaints.push(message.text())
    })
    // As text: what runs in the page is not compiled for it.
    await page.addInitScript(
      `addEventListener('securitypolicyviolation', event => console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI))`,
    )
    await page.goto(address)
    return { page, complaints }
  }
}

/** Chromium reports each 401 by itself, and the page deals with it. */
function isAnswer(text: string): boolean {
  return /status of (401|403|503)/.test(text)
}

/** Opens a hub with PostgreSQL and the example's tables; stopped after the test. */
export async function openDashboardHub(yaml = '', opensDashboard = false): Promise<DashboardHub> {
  const database = await createTestDatabase()
  await installWasla(database)
  const [adminKey, clerkKey] = [newKey(), newKey()]
  const auth = [
    'auth:',
    '  mode: key',
    '  keys:',
    `    - { name: boss, roles: [admin], hash: "sha256:${hashOf(adminKey)}" }`,
    `    - { name: front-desk, roles: [clerk], hash: "sha256:${hashOf(clerkKey)}" }`,
  ].join('\n')
  const text = [await waslaYaml(), yaml.includes('auth:') ? '' : auth, yaml].join('\n')
  const daemon = await openTestDaemon(database.url, text, options =>
    startDaemon({ ...options, opensDashboard }),
  )
  const origin = `http://127.0.0.1:${daemon.daemon.port}`
  const reload = (rules: string, path?: string) =>
    daemon.daemon.reload(testConfig(database.url, `${auth}\n${rules}`, path))
  return Object.assign(daemon, { database, origin, adminKey, clerkKey, reload })
}

function newKey(): string {
  return `rtb_${randomBytes(32).toString('base64url')}`
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Serious and critical findings of axe on the page as it is. The policy keeps scripts out, so it runs from outside of it. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axeSource })
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations, passes }) =>
      JSON.stringify(passes.length < 10 ? ['axe did not look'] : violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  return JSON.parse(String(result.value)) as string[]
}
