// One desk of the station. What it shows of the database comes from live tables only: a form sends its values to the
// desks' own backend (serve.js), and what became of them arrives here as at every other desk.
import { createClient } from 'rtbridge/client'
import { showLines, showOptions, showRows, write } from './show.js'
import { language, listOf, money, nameOf, speak, text, timeOf } from './texts.js'

const byId = id => document.getElementById(id)
/** Bookings that are kept here: more than a station sells in a day. */
const mostBookings = 2_000
/** Rows of bookings, and lines of the log, that are shown. */
const longestList = 50

const desk = new URLSearchParams(location.search).get('desk') || 'Desk 1'
speak(localStorage.getItem('language') ?? navigator.language.slice(0, 2))
byId('desk').value = desk
byId('language').value = language

const { hub, destinations } = await readStation()
const client = createClient({
  url: hub ?? `${location.protocol.replace('http', 'ws')}//${location.hostname}:8765`,
  appName: desk,
  // Kept by the tab: after a reload it is the same desk, and its log goes on where it was.
  storage: {
    load: key => sessionStorage.getItem(key),
    save: (key, value) => sessionStorage.setItem(key, value),
  },
})

// ---- what is wanted of the hub

/** The vehicles that wait, of one destination or of all. */
let queue = null
/** The room of that destination, in which SEATS_LEFT is sent. */
let room = null
const bookings = client.table('bookings', { orderBy: 'created_at desc', limit: mostBookings })
const people = client.presence()
openQueue('')

client.on(
  ['BOOKING_*', 'VEHICLE_ENTERED', 'VEHICLE_EXITED', 'EXIT_PASS_ISSUED', 'SEATS_LEFT'],
  ({ event_type: type, timestamp, data }) => logLine(timestamp, { type, data }),
)
// The live tables read themselves anew; the log cannot.
client.onGap(() => logLine(new Date(), { type: 'gap', data: {} }))
client.onStatus(showConnection)
client.onCheckpoint(() => {
  currentAt = new Date()
})
bookings.subscribe(() => {
  showBookings()
  showConnection()
})
people.onChange(showPeople)

function openQueue(destination) {
  const before = { queue, room }
  const where = destination === '' ? undefined : `new.destination_id == ${JSON.stringify(destination)}`
  queue = client.table('vehicle_queue', { where, orderBy: ['destination_id', 'queue_position'] })
  queue.subscribe(() => {
    showQueue()
    showConnection()
  })
  room = destination === '' ? null : client.join(`destination:${destination}`)
  before.queue?.close()
  before.room?.close()
}

// ---- what is shown

/** When what is shown was last known to equal the database. */
let currentAt = null
const log = []
showAll()
// Midnight makes another day of it.
setInterval(showBookings, 60_000)

function showAll() {
  document.title = `${desk} – ${text('title')}`
  const options = destinations.map(({ id, ...names }) => ({ id, parts: [nameOf(names)] }))
  showOptions(byId('destinations'), options)
  showOptions(byId('filter'), [{ id: '', parts: [text('everywhere')] }, ...options])
  showQueue()
  showBookings()
  showPeople()
  showLog()
  showConnection()
}

function showConnection() {
  const { state, stale, error } = client.status
  const isOnline = state === 'online'
  const tables = [queue, bookings]
  const failed = tables.find(table => table.state === 'failed')
  const isLive = isOnline && !stale && tables.every(table => table.state === 'live')
  if (isLive) currentAt = new Date()
  const isOld = currentAt !== null && (!isOnline || stale)
  const live = failed ? 'failed' : isLive ? 'current' : isOld ? 'old' : 'loading'
  indicate('is-database', isOnline ? (stale ? 'away' : 'connected') : 'unknown')
  indicate(
    'is-socket',
    { online: 'connected', retrying: 'retrying', closed: 'closed' }[state] ?? 'connecting',
  )
  indicate('is-live', live)

  const why = failed?.error ?? (state === 'closed' ? error : null)
  let summary = text('starting')
  if (why) summary = text('refused')(why.message)
  else if (isLive) summary = text('allWell')
  else if (isOld) summary = text('outdated')(timeOf(currentAt, 'medium'))
  byId('summary').dataset.mood = why || isOld ? 'bad' : ''
  write(byId('summary'), summary)
}

function indicate(id, word) {
  const mood = { connected: 'good', current: 'good', connecting: 'wait', loading: 'wait' }[word] ?? 'bad'
  byId(id).dataset.mood = mood
  write(byId(id).querySelector('dd'), text(word))
}

function showQueue() {
  showRows(byId('queue'), queue.rows, language, row => [
    String(row.queue_position),
    row.license_plate,
    destinationName(row.destination_id),
    text('of')(row.available_seats, row.total_seats),
    text(row.status),
    {
      label: text('leave'),
      name: `${text('leave')}: ${row.license_plate}`,
      click: () => act('leave', { vehicle: row.id, desk }),
    },
  ])
  byId('no-vehicles').hidden = queue.rows.length > 0 || queue.state !== 'live'
  const free = queue.rows.filter(({ available_seats }) => available_seats > 0)
  showOptions(byId('vehicles'), [
    { id: '', parts: [text('chooseVehicle')] },
    ...free.map(({ id, license_plate, destination_id, available_seats }) => ({
      id,
      parts: [license_plate, destinationName(destination_id), available_seats],
    })),
  ])
}

function showBookings() {
  const today = new Date().toDateString()
  const rows = bookings.rows.filter(({ created_at }) => new Date(created_at).toDateString() === today)
  showRows(byId('bookings'), rows.slice(0, longestList), language, row => [
    timeOf(row.created_at),
    row.vehicle_license_plate,
    destinationName(row.destination_id),
    String(row.seats_booked),
    money(row.total_amount),
    row.booked_by ?? '',
    text(row.status),
    row.status === 'CONFIRMED' && {
      label: text('cancel'),
      name: `${text('cancel')}: ${row.vehicle_license_plate}, ${timeOf(row.created_at)}`,
      click: () => act('cancel', { booking: row.id }),
    },
  ])
  byId('no-bookings').hidden = rows.length > 0 || bookings.state !== 'live'
  const sold = rows.filter(({ status }) => status !== 'CANCELLED')
  const seats = sold.reduce((sum, row) => sum + row.seats_booked, 0)
  // Whole hundredths: sums of doubles would drift.
  const hundredths = sold.reduce((sum, row) => sum + Math.round(row.total_amount * 100), 0)
  write(byId('total'), text('total')(sold.length, seats, money(hundredths / 100)))
}

function showPeople() {
  const there = people.members.filter(({ state }) => state !== 'offline')
  const lines = there.map(({ app_names, state }) => [
    listOf(app_names),
    '·',
    text(state === 'away' ? 'absent' : 'here'),
  ])
  showLines(byId('people'), lines)
}

function logLine(at, entry) {
  log.unshift({ at, ...entry })
  log.length = Math.min(log.length, longestList)
  showLog()
}

function showLog() {
  const lines = log.map(({ at, type, data }) => {
    const plate = data.plate ?? data.license_plate ?? data.vehicle_license_plate ?? ''
    const seats = data.seats ?? data.seats_booked ?? data.seats_taken
    const what = seats === undefined ? text(type) : `${text(type)} (${seats})`
    return [timeOf(at, 'medium'), what, plate]
  })
  showLines(byId('log'), lines)
}

// ---- what the desk does

byId('filter').onchange = ({ target }) => {
  openQueue(target.value)
  showQueue()
}
byId('language').onchange = ({ target }) => {
  speak(target.value)
  localStorage.setItem('language', language)
  for (const output of document.querySelectorAll('output')) output.textContent = ''
  showAll()
}
document.addEventListener('visibilitychange', tellPresence)
tellPresence()
for (const form of document.querySelectorAll('form[data-action]')) form.onsubmit = submit

async function submit(event) {
  event.preventDefault()
  const form = event.currentTarget
  const button = form.querySelector('button')
  const sent = Object.fromEntries(new FormData(form))
  button.disabled = true
  const saved = await act(form.dataset.action, { ...sent, desk }, form)
  button.disabled = false
  if (!saved) return
  // Who sells is about to sell the next seat: the vehicle stays chosen, and so does what was typed meanwhile.
  for (const input of form.querySelectorAll('input')) {
    if (input.value === sent[input.name]) input.value = input.defaultValue
  }
}

/** Asks the backend for something. @returns whether it was done */
async function act(action, body, form = document.querySelector('form[data-action=book]')) {
  const response = await fetch(`api/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => ({ status: 0 }))
  const isSeen = byId('is-live').dataset.mood === 'good'
  const words = { 200: isSeen ? 'saved' : 'savedUnseen', 409: 'tooLate', 400: 'wrong' }[response.status]
  form.querySelector('output').textContent = text(words ?? 'notSaved')
  return response.status === 200
}

function tellPresence() {
  // It holds for connections to come, too, so being offline is nothing to report.
  client.setPresence(document.visibilityState === 'visible' ? 'online' : 'away').catch(() => {})
}

/** Tries until the backend, and its database, answer. */
async function readStation() {
  for (;;) {
    const response = await fetch('api/station').catch(() => null)
    if (response?.ok) return response.json()
    byId('summary').textContent = text('starting')
    await new Promise(resolve => setTimeout(resolve, 1_000))
  }
}

function destinationName(id) {
  const destination = destinations.find(each => each.id === id)
  return destination === undefined ? id : nameOf(destination)
}
