import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installWasla } from '../support/wasla-database.ts'
import { hasBrowser, type PageOptions, useBrowser } from './open-browser.ts'
import { openStation, type Station } from './open-station.ts'
import { sleepAsALaptop } from './sleep-as-a-laptop.ts'

const database = await createTestDatabase()
await installWasla(database)

describe.runIf(hasBrowser)('the Wasla app', () => {
  const openPage = useBrowser()

  async function openDesk({ page: url }: Station, name: string, options: PageOptions = {}) {
    url.searchParams.set('desk', name)
    const { page, problems } = await openPage(url.href, options)
    await untilLive(page)
    return { page, problems }
  }

  test('what one desk does the other shows: a vehicle enters, seats are sold and cancelled, it leaves', async () => {
    const station = await openStation(database)
    const [one, two] = [await openDesk(station, 'Desk 1'), await openDesk(station, 'Desk 2')]
    await enter(one.page, '183 تونس 4521', 'sfax')
    await waitFor(async () => (await rowsOf(two.page, 'queue')).some(row => row.includes('183 تونس 4521')))
    await book(two.page, '183 تونس 4521', 3)
    const sold = await waitFor(async () => (await rowsOf(one.page, 'bookings'))[0])
    expect(sold).toEqual([
      expect.stringMatching(/^\d\d:\d\d$/),
      '183 تونس 4521',
      'Sfax صفاقس',
      '3',
      'TND\u00a039.600',
      'Desk 2',
      'confirmed',
      'Cancel',
    ])
    expect(await textOf(one.page, '#total')).toBe('1 bookings, 3 seats, TND\u00a039.600')
    await waitFor(async () => (await queueRow(one.page, '183 تونس 4521'))?.includes('5 of 8'))

    await one.page.getByRole('button', { name: /^Cancel: 183/ }).click()
    await waitFor(async () => (await rowsOf(two.page, 'bookings'))[0]?.includes('cancelled'))
    expect(await textOf(two.page, '#total')).toBe('0 bookings, 0 seats, TND\u00a00.000')
    await one.page.getByRole('button', { name: 'Leaves: 183 تونس 4521' }).click()
    await waitFor(async () => (await queueRow(two.page, '183 تونس 4521')) === undefined)

    await waitFor(async () => (await logOf(two.page)).length === 5)
    const happened = (await logOf(two.page)).map(line => line.replace(/^\S+ /, '').trim())
    // Within one transaction: in the order in which the statement wrote.
    expect(happened.toSorted()).toEqual(
      [
        'vehicle entered 183 تونس 4521',
        'booked (3) 183 تونس 4521',
        'booking cancelled (3) 183 تونس 4521',
        'vehicle left 183 تونس 4521',
        'exit pass (0) 183 تونس 4521',
      ].toSorted(),
    )
    expect([one.problems, two.problems]).toEqual([[], []])
  })

  test('shows one destination when it is chosen, and hears in its room how many seats are left', async () => {
    const station = await openStation(database)
    const { page, problems } = await openDesk(station, 'Desk 1')
    await enter(page, '1 TUN 1', 'tunis')
    await enter(page, '2 TUN 2', 'mahdia')
    await waitFor(async () => (await queueRow(page, '1 TUN 1')) && (await queueRow(page, '2 TUN 2')))
    await page.getByLabel('Destination').first().selectOption('mahdia')
    await waitFor(async () => (await rowsOf(page, 'queue')).length === 1)
    expect(await queueRow(page, '2 TUN 2')).toBeDefined()
    await book(page, '2 TUN 2', 6)
    await waitFor(async () => (await logOf(page)).some(line => line.includes('seats left (2) 2 TUN 2')))
    expect(problems).toEqual([])
  })

  test('keeps what is typed for the next vehicle while the one before is being saved', async () => {
    const station = await openStation(database)
    const { page, problems } = await openDesk(station, 'Desk 1')
    let letThrough: () => void = () => {}
    const typed = new Promise<void>(resolve => {
      letThrough = resolve
    })
    await page.route('**/api/enter', async route => {
      await typed
      await route.continue()
    })
    await enter(page, '8 TUN 8', 'tunis')
    const form = page.locator('form[data-action=enter]')
    await form.getByLabel('Plate').fill('9 TUN 9')
    letThrough()
    await waitFor(() => form.getByRole('button').isEnabled())
    expect(await form.getByLabel('Plate').inputValue()).toBe('9 TUN 9')
    expect(await waitFor(() => queueRow(page, '8 TUN 8'))).toBeDefined()
    expect(problems).toEqual([])
  })

  test('tells what cannot be done, and keeps the queue as the database has it', async () => {
    const station = await openStation(database)
    const { page } = await openDesk(station, 'Desk 1')
    await enter(page, '3 TUN 3', 'sousse')
    await waitFor(() => queueRow(page, '3 TUN 3'))
    await book(page, '3 TUN 3', 9)
    await waitFor(async () => (await textOf(page, 'form[data-action=book] output')).startsWith('Not done'))
    expect(await queueRow(page, '3 TUN 3')).toContain('8 of 8')
  })

  test('shows who is here, under the names of the desks', async () => {
    const station = await openStation(database)
    const one = await openDesk(station, 'Desk 1')
    const two = await openDesk(station, 'شباك 2')
    await waitFor(async () => (await textOf(one.page, '#people')).includes('شباك 2'))
    await waitFor(async () => (await textOf(two.page, '#people')).includes('Desk 1'))
  })

  test('while the hub is away says so, keeps what was, and afterwards shows each booking once', async () => {
    const station = await openStation(database)
    const [one, two] = [await openDesk(station, 'Desk 1'), await openDesk(station, 'Desk 2')]
    await enter(one.page, '4 TUN 4', 'kairouan')
    await waitFor(() => queueRow(two.page, '4 TUN 4'))
    await station.hub.stop()
    await waitFor(async () => (await indicators(two.page)).live === 'out of date')
    expect((await indicators(two.page)).database).toBe('unknown')
    expect((await indicators(two.page)).socket).toMatch(/^(trying again|connecting)/)
    expect(await textOf(two.page, '#summary')).toMatch(/^What you see is from \d\d:\d\d:\d\d/)
    expect(await queueRow(two.page, '4 TUN 4')).toContain('8 of 8')

    await book(one.page, '4 TUN 4', 2)
    await waitFor(async () => (await textOf(one.page, 'form[data-action=book] output')).includes('back'))
    expect(await bookingsOf(one.page, '4 TUN 4')).toHaveLength(0)
    await station.hub.start()
    for (const { page } of [one, two]) {
      await untilLive(page)
      await waitFor(async () => (await bookingsOf(page, '4 TUN 4')).length === 1)
      expect(await queueRow(page, '4 TUN 4')).toContain('6 of 8')
      await waitFor(async () => (await logOf(page)).some(line => line.includes('booked (2) 4 TUN 4')))
      expect((await logOf(page)).filter(line => line.includes('booked (2) 4 TUN 4'))).toHaveLength(1)
    }
    expect([one.problems, two.problems]).toEqual([[], []])
  })

  test('comes back by itself after a sleep in which the network forgot its connection', async () => {
    const station = await openStation(database)
    const [one, two] = [await openDesk(station, 'Desk 1'), await openDesk(station, 'Desk 2')]
    await enter(one.page, '5 TUN 5', 'tunis')
    await waitFor(() => queueRow(two.page, '5 TUN 5'))
    const wake = await sleepAsALaptop(two.page)
    // What is open swallows everything from now on; new connections get through.
    station.network.abandon()
    await database.query(
      `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount)
       VALUES ('tunis', '5 TUN 5', 1, 14.50)`,
    )
    // Long enough not to be taken for a page that is merely slow.
    await pause(8_000)
    wake()
    await waitFor(async () => (await bookingsOf(two.page, '5 TUN 5')).length === 1)
    expect((await indicators(two.page)).live).toBe('up to date')
    expect(two.problems).toEqual([])
  })

  test('is Arabic from right to left when asked, and stays so', async () => {
    const station = await openStation(database)
    const { page, problems } = await openDesk(station, 'شباك 1', { colorScheme: 'dark', width: 390 })
    await enter(page, '6 تونس 66', 'mahdia')
    await waitFor(() => queueRow(page, '6 تونس 66'))
    await page.selectOption('#language', 'ar')
    expect(await page.evaluate('[document.documentElement.dir, document.documentElement.lang]')).toEqual([
      'rtl',
      'ar',
    ])
    expect(await queueRow(page, '6 تونس 66')).toEqual(expect.arrayContaining(['المهدية', 'تنتظر', 'تغادر']))
    await page.reload()
    await waitFor(async () => (await textOf(page, '#is-live dd')) === 'محدَّث')
    expect(await textOf(page, 'h1')).toBe('محطة وصلة')
    expect(problems).toEqual([])
  })
})

test('the backend of the Wasla app is for its own page only, and passes no SQL on', async () => {
  const { page } = await openStation(database)
  const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    fetch(new URL('/api/enter', page), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
  const vehicle = { destination: 'sfax', plate: `'; DROP TABLE bookings; --`, seats: 8 }
  expect((await post(vehicle, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await fetch(new URL('/api/constructor', page), { method: 'POST' })).status).toBe(404)
  expect((await fetch(new URL('/../serve.js', page))).status).toBe(404)
  expect((await post({ ...vehicle, destination: 'nowhere' })).status).toBe(400)
  expect((await post(null)).status).toBe(400)
  expect((await post(vehicle)).status).toBe(200)
  expect((await post(vehicle)).status).toBe(409)
  const { rows } = await database.query('SELECT license_plate FROM vehicle_queue WHERE license_plate = $1', [
    vehicle.plate,
  ])
  expect(rows).toHaveLength(1)
})

const textOf = async (page: Page, selector: string) => (await page.textContent(selector)) ?? ''
const logOf = (page: Page) => page.locator('#log li').allTextContents()

async function indicators(page: Page) {
  const [database, socket, live] = await page.locator('#indicators dd').allTextContents()
  return { database, socket, live }
}

async function untilLive(page: Page): Promise<void> {
  let said = ''
  const isLive = async () => {
    said = await textOf(page, 'header')
    const { database, socket, live } = await indicators(page)
    return database === 'connected' && socket === 'connected' && live === 'up to date'
  }
  await waitFor(isLive, { message: () => `the page was live; it said ${said}` })
}

function rowsOf(page: Page, id: 'queue' | 'bookings'): Promise<string[][]> {
  return page.evaluate(
    `[...document.getElementById('${id}').rows].map(row => [...row.cells].map(cell => cell.textContent))`,
  )
}

const queueRow = async (page: Page, plate: string) =>
  (await rowsOf(page, 'queue')).find(row => row[1] === plate)
const bookingsOf = async (page: Page, plate: string) =>
  (await rowsOf(page, 'bookings')).filter(row => row[1] === plate)

async function enter(page: Page, plate: string, destination: string): Promise<void> {
  const form = page.locator('form[data-action=enter]')
  await form.getByLabel('Plate').fill(plate)
  await form.getByLabel('Destination').selectOption(destination)
  await form.getByRole('button').click()
}

async function book(page: Page, plate: string, seats: number): Promise<void> {
  const form = page.locator('form[data-action=book]')
  const option = form.locator('option', { hasText: plate })
  await form.getByLabel('Vehicle').selectOption(await option.getAttribute('value'))
  await form.getByLabel('Seats').fill(String(seats))
  await form.getByRole('button').click()
}
