import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Language } from '../../src/catalogue/translator.ts'
import { createTranslator } from '../../src/catalogue/translator.ts'
import { createClient } from '../../src/client-node/index.ts'
import { waitFor } from '../support/wait-for.ts'
import type { DashboardHub, View } from './open-dashboard.ts'
import { findBarriers, hasChromium, openDashboardHub, startDashboardPages } from './open-dashboard.ts'

/** Pictures are kept here when it is set, to be looked at. */
const picturesFolder = process.env['RTBRIDGE_TEST_PICTURES']

/** For what asks much of a machine that is busy with other tests. */
const patienceMs = 60_000

const booking = (plate: string) =>
  `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount) VALUES ('sfax', '${plate}', 2, 17.5)`

describe.runIf(hasChromium)('the dashboard', () => {
  const open = startDashboardPages()

  async function openSignedIn(hub: DashboardHub, view: View = {}) {
    const opened = await open(hub.daemon.dashboardLink() ?? '', view)
    await opened.page.waitForSelector('header nav')
    return opened
  }

  const goTo = (page: Page, route: string) => page.click(`nav a[href="#/${route}"]`)
  const sees = (page: Page, text: string) =>
    waitFor(async () => (await page.innerText('body')).includes(text), { message: `the page shows ${text}` })

  async function openApp(hub: DashboardHub, appName: string) {
    const client = createClient({ url: hub.url, appName, getToken: () => hub.clerkKey })
    onTestFinished(() => client.close())
    const heard: unknown[] = []
    const subscription = client.on('RTBRIDGE_MESSAGE', ({ data }) => void heard.push(data))
    await subscription.ready()
    return { client, heard }
  }

  test('shows nothing to who has not signed in, and lets an admin in by his key', async () => {
    const hub = await openDashboardHub()
    const { page, complaints } = await open(`${hub.origin}/dashboard`)
    await page.waitForSelector('#key')
    expect(await page.locator('nav').count()).toBe(0)
    await page.fill('#key', 'rtb_wrong')
    await page.keyboard.press('Enter')
    await sees(page, 'The hub does not know this key.')
    await page.fill('#key', hub.clerkKey)
    await page.keyboard.press('Enter')
    await sees(page, 'is no admin')
    await page.fill('#key', hub.adminKey)
    await page.keyboard.press('Enter')
    await sees(page, 'PostgreSQL is connected, and listening.')
    await page.reload()
    await sees(page, 'Everything works')
    await page.click('text=Sign out')
    await page.waitForSelector('#key')
    expect(complaints).toEqual([])
  })

  test('lets in by a link once, and takes it out of the address', async () => {
    const hub = await openDashboardHub()
    const link = hub.daemon.dashboardLink() ?? ''
    const { page } = await open(link)
    await sees(page, 'Everything works')
    expect(page.url()).toBe(`${hub.origin}/dashboard`)
    const second = await open(link)
    await sees(second.page, 'This link was used before')
    const token = await page.evaluate(`sessionStorage.getItem('rtbridge:token')`)
    const shows = { headers: { authorization: `Bearer ${token}` } }
    expect((await fetch(`${hub.origin}/api/dashboard`, shows)).status).toBe(200)
    await page.click('text=Sign out')
    await page.waitForSelector('#key')
    await waitFor(async () => (await fetch(`${hub.origin}/api/dashboard`, shows)).status === 401)
  })

  test(
    'asks in mode open, too, but not this machine in the demo',
    async () => {
      const asking = await openDashboardHub('auth: { mode: open }')
      const { page } = await open(`${asking.origin}/dashboard`)
      await page.waitForSelector('#key')
      await page.fill('#key', 'rtb_anything')
      await page.keyboard.press('Enter')
      await sees(page, 'is no admin')
      const signedIn = await openSignedIn(asking)
      await sees(signedIn.page, 'Everything works')
      const demo = await openDashboardHub('auth: { mode: open }', true)
      const shown = await open(demo.daemon.dashboardLink() ?? '')
      await sees(shown.page, 'Everything works')
      expect(shown.page.url()).not.toContain('#')
    },
    patienceMs,
  )

  test('stays connected in mode open after a link', async () => {
    const hub = await openDashboardHub('auth: { mode: open }')
    const { page } = await open(hub.daemon.dashboardLink() ?? '')
    await goTo(page, 'live')
    await sees(page, 'Connected')
    await hub.database.query(booking('101 TUN 1'))
    await sees(page, 'BOOKING_CREATED')
  })

  test('shows events as they come, holds them back in a pause, filters, and opens one', async () => {
    const hub = await openDashboardHub()
    const { page, complaints } = await openSignedIn(hub)
    await goTo(page, 'live')
    await sees(page, 'Connected')
    await hub.database.query(booking('101 TUN 1'))
    await sees(page, 'BOOKING_CREATED')
    await page.click('text=Pause')
    // Letters that no id and no time can have: the search looks at all of an event.
    await hub.database.query(booking('102 LIBYA 2'))
    await sees(page, '2 new events wait')
    await page.click('text=Go on')
    await sees(page, '4 events')
    await page.fill('input[type=search]', 'booking_created libya')
    await sees(page, '1 event')
    await page.click('.event')
    await sees(page, '"vehicle_license_plate": "102 LIBYA 2"')
    await page.click('text=Copy as SQL')
    await sees(page, 'Copied')
    expect(complaints).toEqual([])
  })

  test('shows and copies every number with all its digits', async () => {
    const hub = await openDashboardHub()
    const { page } = await openSignedIn(hub)
    await page.evaluate(
      `Object.defineProperty(navigator, 'clipboard', { value: { writeText: async text => { window.copied = text } } })`,
    )
    await goTo(page, 'live')
    await sees(page, 'Connected')
    const data = '{"id": 9007199254740993, "price": 17.50}'
    await hub.database.query(`SELECT rtbridge.publish('RESERVED', '${data}')`)
    await page.click('.event')
    await sees(page, '"id": 9007199254740993')
    await page.click('text=Copy as SQL')
    await sees(page, 'Copied')
    expect(await page.evaluate('window.copied')).toContain('{"id":9007199254740993,"price":17.50}')
    await goTo(page, 'journal')
    await page.click('.event')
    await sees(page, '"id": 9007199254740993')
  })

  test('lists clients, sends one a message and disconnects it', async () => {
    const hub = await openDashboardHub()
    const { client, heard } = await openApp(hub, 'Counter 3')
    const { page } = await openSignedIn(hub)
    await goTo(page, 'clients')
    await sees(page, 'Counter 3')
    await sees(page, 'front-desk')
    await page.click('button[aria-label="Message to Counter 3"]')
    await page.fill('#message', 'please restart')
    await page.click('dialog button.primary')
    await sees(page, 'The app has got it.')
    expect(heard).toEqual([{ text: 'please restart', by: null }])
    await page.keyboard.press('Escape')
    const codes: string[] = []
    client.onStatus(({ code }) => void codes.push(code))
    await page.click('button[aria-label="Disconnect Counter 3"]')
    await page.click('dialog button.danger')
    await waitFor(() => codes.length > 0)
    await waitFor(() => client.status.state === 'online')
  })

  test('is nobody who is here', async () => {
    const hub = await openDashboardHub()
    const { page } = await openSignedIn(hub)
    await goTo(page, 'live')
    await sees(page, 'Connected')
    const { client } = await openApp(hub, 'Counter 3')
    const people = client.presence()
    await people.ready()
    // Who is there is told in the order of his coming: the page was first.
    await waitFor(() => people.members.length > 0)
    expect(people.members.map(({ app_names }) => app_names)).toEqual([['Counter 3']])
  })

  test('counts tables and rules', async () => {
    const hub = await openDashboardHub()
    await hub.daemon.live
    await hub.database.query(booking('103 TUN 3'))
    const { page } = await openSignedIn(hub)
    await goTo(page, 'tables')
    const row = page.locator('section:has(#rules) tr', { hasText: 'BOOKING_CREATED' })
    await waitFor(async () => /\b1\b/.test((await row.locator('td').nth(4).innerText()) ?? ''))
    expect(await row.innerText()).toContain('rtbridge.yaml:')
  })

  test('says of typed rows and of the last change which rule fires, and why others do not', async () => {
    const hub = await openDashboardHub()
    await hub.daemon.live
    await hub.database.query(booking('104 TUN 4'))
    const { page, complaints } = await openSignedIn(hub)
    await goTo(page, 'tables')
    await page.selectOption('select[name=table]', 'bookings')
    await page.click('text=Take the last change')
    await sees(page, 'It is for UPDATE, DELETE; this was INSERT.')
    await page.selectOption('select[name=op]', 'UPDATE')
    await page.fill('#row-old', '{"id": 9007199254740993, "status": "CONFIRMED"}')
    await page.fill('#row-new', '{"id": 9007199254740993, "status": "HELD')
    await sees(page, 'This is not a JSON object.')
    await page.fill('#row-new', '{"id": 9007199254740993, "status": "HELD"}')
    await page.click('text=Explain')
    await sees(page, 'condition not met')
    await sees(page, 'new.status = "HELD"')
    expect(complaints).toEqual([])
  })

  test('says of an event which rules made one of its change', async () => {
    const hub = await openDashboardHub()
    const { page } = await openSignedIn(hub)
    await goTo(page, 'live')
    await sees(page, 'Connected')
    await hub.database.query(booking('105 TUN 5'))
    await page.click('.event:has-text("BOOKING_CREATED")')
    await sees(page, 'What the rules made of it')
    await sees(page, 'It is for UPDATE, DELETE; this was INSERT.')
  })

  test(
    'runs the checks of the doctor, with what mends a problem',
    async () => {
      const hub = await openDashboardHub()
      await hub.daemon.live
      await hub.database.query('ALTER TABLE bookings DISABLE TRIGGER ALL')
      const { page, complaints } = await openSignedIn(hub)
      await goTo(page, 'doctor')
      await page.waitForSelector('text=Something is wrong', { timeout: patienceMs })
      const tables = page.locator('.judged', { has: page.getByRole('heading', { name: 'Captured tables' }) })
      expect(await tables.innerText()).toContain('rtbridge install-triggers')
      await tables.getByRole('button', { name: 'Copy' }).first().click()
      await sees(page, 'Copied')
      await page.click('text=Run again')
      await sees(page, 'Connection to the database')
      expect(complaints).toEqual([])
    },
    patienceMs,
  )

  test('says that the hub is gone, and goes on when it is back', async () => {
    const hub = await openDashboardHub()
    const { page } = await openSignedIn(hub)
    await sees(page, 'Everything works')
    await hub.daemon.close()
    await sees(page, 'The hub does not answer.')
  })

  test('would be found to break its policy, and to have barriers', async () => {
    const hub = await openDashboardHub()
    const { page, complaints } = await open(`${hub.origin}/dashboard`)
    await page.waitForSelector('#key')
    await page.evaluate("document.body.append(document.createElement('button'))")
    expect(await findBarriers(page)).toEqual(['button-name: <button></button>'])
    await page.evaluate(
      "document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:1/a.png' }))",
    )
    await waitFor(() => complaints.some(complaint => complaint.startsWith('CSP img-src')))
  })

  const routes = ['home', 'live', 'clients', 'tables', 'journal', 'doctor'] as const
  const views: readonly (View & { readonly language: Language; readonly name: string })[] = [
    { name: 'light', language: 'en', colorScheme: 'light' },
    { name: 'dark', language: 'fr', colorScheme: 'dark' },
    { name: 'rtl', language: 'ar', colorScheme: 'light' },
    { name: 'rtl-dark', language: 'ar', colorScheme: 'dark' },
    { name: 'phone', language: 'en', colorScheme: 'dark', width: 360 },
    { name: 'phone-rtl', language: 'ar', colorScheme: 'light', width: 360 },
  ]

  test.each(views)(
    'has no barriers, no complaints and no overflow: $name, $language',
    async view => {
      const hub = await openDashboardHub()
      await openApp(hub, 'Counter 3')
      await hub.daemon.live
      const { text } = createTranslator(view.language)
      const outside = await open(`${hub.origin}/dashboard`, view)
      await outside.page.waitForSelector('#key')
      await look(outside.page, 'sign-in', view.name)
      const { page, complaints } = await openSignedIn(hub, view)
      await sees(page, text('stream.online'))
      for (const plate of ['101 TUN 1', '102 TUN 2', '103 TUN 3']) await hub.database.query(booking(plate))
      for (const route of routes) {
        await goTo(page, route)
        await sees(page, text(`page.${route}`))
        if (route === 'live' || route === 'journal') {
          await page.locator('.event', { hasText: 'BOOKING_CREATED' }).first().click()
          await sees(page, text('why.result.fired'))
        }
        if (route === 'clients') await sees(page, 'Counter 3')
        if (route === 'tables') {
          await page.selectOption('select[name=table]', 'bookings')
          await page.click('form button[type=button]')
          await sees(page, text('why.result.fired'))
          await page.selectOption('select[name=op]', 'UPDATE')
          await page.fill('#row-old', '{"id": 1, "status": "CONFIRMED"}')
          await page.fill('#row-new', '{"id": 1, "status": "HELD"}')
          await page.click('form button[type=submit]')
          await sees(page, text('why.result.condition-false'))
        }
        if (route === 'doctor') await page.waitForSelector('.checks')
        if (route === 'home') await page.waitForSelector('.sparkline polyline')
        await look(page, route, view.name)
      }
      expect(await page.getAttribute('html', 'dir')).toBe(view.language === 'ar' ? 'rtl' : 'ltr')
      expect([...outside.complaints, ...complaints]).toEqual([])
    },
    2 * patienceMs,
  )
})

async function look(page: Page, name: string, view: string): Promise<void> {
  if (picturesFolder !== undefined) {
    if (!existsSync(picturesFolder)) mkdirSync(picturesFolder, { recursive: true })
    await page.screenshot({ path: join(picturesFolder, `${view}-${name}.png`), fullPage: true })
  }
  expect([name, await findBarriers(page)]).toEqual([name, []])
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  expect([name, Number(overflow) <= 0]).toEqual([name, true])
}
