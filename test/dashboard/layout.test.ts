import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Language } from '../../src/catalogue/translator.ts'
import { createTranslator } from '../../src/catalogue/translator.ts'
import { createClient } from '../../src/client-node/index.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import type { DashboardHub } from './open-dashboard.ts'
import { hasChromium, openDashboardHub, startDashboardPages } from './open-dashboard.ts'

/** Pictures are kept here when it is set, to be looked at. */
const picturesFolder = process.env['RTBRIDGE_TEST_PICTURES']

const widths = [360, 768, 1_024, 1_201, 1_300, 1_920]
/** From here on rules stand in a table, not in cards. */
const tableWidth = 1_201
const routes = ['home', 'live', 'clients', 'tables', 'journal', 'doctor'] as const
const patienceMs = 240_000

const longTable = 'reservations_of_the_vehicles_that_leave_tomorrow_morning_early'
const longEvent = 'RESERVATION_OF_A_VEHICLE_THAT_LEAVES_TOMORROW_MORNING_CANCELLED'
const longKey = 'k'.repeat(150)
const longName = 'CounterAtTheEntranceOfTheStationBesideTheTicketOffice'.repeat(2)
const longPath = `/home/somebody/${'projects-of-the-office/'.repeat(5)}rtbridge.yaml`

const rules = `
tables:
  ${longTable}:
    channel: ${longTable}_events
    events:
      ${longEvent}:
        on: [update, delete]
        when: "op == 'DELETE' || (old.status != 'CANCELLED' && new.status == 'CANCELLED') || new.status == '${'X'.repeat(90)}'"
        rooms: ["destination_of_the_vehicle:{new.destination_identifier_of_the_vehicle}"]
      FAILS: { on: insert, when: "new.status > 5" }
  bookings:
    events:
      BOOKING_CREATED: { on: insert }
      BOOKING_CANCELLED:
        on: [update, delete]
        when: "op == 'DELETE' || (old.status != 'CANCELLED' && new.status == 'CANCELLED')"
`

/** A hub all of whose names and texts are long. */
async function openHubOfLongNames(): Promise<DashboardHub> {
  const hub = await openDashboardHub()
  await hub.database.query(
    `CREATE TABLE ${longTable} (id text PRIMARY KEY, status text, destination_identifier_of_the_vehicle text)`,
  )
  await installTables(hub.database, rules)
  await hub.reload(rules, longPath)
  const client = createClient({ url: hub.url, appName: longName, getToken: () => hub.clerkKey })
  onTestFinished(() => client.close())
  const where = `new.status == '${'Y'.repeat(120)}'`
  await client.subscribe({ events: [longEvent], tables: [longTable], where }).ready()
  await hub.daemon.live
  return hub
}

/** What is drawn outside of the cell or card it stands in, or of the page; what scrolls or is hidden has no place of its own. */
const findStrays = `(() => {
  const frames = 'td, th, .table, .card, .judged, .events, .note, .fix, main, header, body'
  const strays = new Set()
  const judge = (element, { left, right, width }) => {
    const frame = element.closest(frames)
    if (frame === null || width === 0 || element.closest('pre, .off-screen, .skip') !== null) return
    if (getComputedStyle(element.closest('thead') ?? frame).position === 'absolute') return
    const room = frame.getBoundingClientRect()
    if (left < room.left - 1 || right > room.right + 1 || left < -1 || right > innerWidth + 1) {
      strays.add(frame.tagName + '.' + frame.className + ' < ' + (element.textContent || element.tagName).slice(0, 60))
    }
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const range = document.createRange()
    range.selectNodeContents(texts.currentNode)
    for (const line of range.getClientRects()) judge(texts.currentNode.parentElement, line)
  }
  for (const part of document.querySelectorAll('table, tr, td, th, pre, button, input, select, textarea, meter, svg')) {
    judge(part.parentElement, part.getBoundingClientRect())
  }
  if (document.documentElement.scrollWidth > innerWidth) strays.add('the page scrolls sideways')
  return [...strays]
})()`

/** How much of the width of the table the conditions of rules have, from 0 to 1. */
const shareOfConditions = `(() => {
  const cell = document.querySelector('section:has(#rules) td code').closest('td')
  return cell.offsetWidth / cell.closest('table').offsetWidth
})()`

describe.runIf(hasChromium)('the dashboard, where everything is long', () => {
  const open = startDashboardPages()

  async function show(page: Page, route: (typeof routes)[number], language: Language) {
    const { text } = createTranslator(language)
    const sees = (words: string) =>
      waitFor(async () => (await page.innerText('main')).includes(words), {
        message: `${route} shows ${words}`,
      })
    await page.click(`nav a[href="#/${route}"]`)
    await sees(text(`page.${route}`))
    if (route === 'home') await page.waitForSelector('.sparkline polyline')
    if (route === 'clients') await sees(longName)
    if (route === 'doctor') await page.waitForSelector('.checks')
    if (route === 'live' || route === 'journal') {
      await page.locator('.event', { hasText: longTable }).first().click()
      await page.waitForSelector('.judged')
    }
    if (route === 'tables') {
      await sees(longEvent)
      await page.selectOption('select[name=table]', longTable)
      await page.click('form button[type=button]')
      await page.waitForSelector('.judged')
    }
  }

  test.each(['en', 'fr', 'ar'] as const)(
    'keeps everything within its card at every width: %s',
    async language => {
      const hub = await openHubOfLongNames()
      const { page } = await open(hub.daemon.dashboardLink() ?? '', { language })
      await page.waitForSelector('header nav')
      await page.click('nav a[href="#/live"]')
      await page.waitForSelector('.pill.online')
      await hub.database.query(
        `INSERT INTO ${longTable} VALUES ('${longKey}', '${'Z'.repeat(200)}', 'Sfax');
         INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount) VALUES ('sfax', '101 TUN 1', 2, 17.5)`,
      )
      const strays: unknown[] = []
      for (const route of routes) {
        await show(page, route, language)
        for (const width of widths) {
          await page.setViewportSize({ width, height: 800 })
          await keepPicture(page, `${language}-${width}-${route}`)
          const found = (await page.evaluate(findStrays)) as string[]
          strays.push(...found.map(stray => `${route} ${width}: ${stray}`))
          if (route !== 'tables' || width < tableWidth) continue
          const share = Number(await page.evaluate(shareOfConditions))
          if (share < 0.25) strays.push(`${route} ${width}: the conditions have ${share} of the table`)
        }
      }
      expect(strays).toEqual([])
    },
    patienceMs,
  )

  test('names the file of a rule, and its whole path to who points at it', async () => {
    const hub = await openHubOfLongNames()
    const { page } = await open(hub.daemon.dashboardLink() ?? '')
    await page.click('nav a[href="#/tables"]')
    const place = page.locator('section:has(#rules) tr', { hasText: longEvent }).locator('.place bdi')
    const name = await place.innerText()
    expect(name).toMatch(/^rtbridge\.yaml:\d+:\d+$/)
    expect(await place.getAttribute('title')).toBe(longPath.replace('rtbridge.yaml', name))
  })
})

async function keepPicture(page: Page, name: string): Promise<void> {
  if (picturesFolder === undefined) return
  if (!existsSync(picturesFolder)) mkdirSync(picturesFolder, { recursive: true })
  await page.screenshot({ path: join(picturesFolder, `${name}.png`), fullPage: true })
}
