// Prints what is booked, also what was booked while it did not run: the cursor is kept in a file.
//
//   node desk.js [ws://127.0.0.1:8765] [desk.cursor]
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createClient } from 'rtbridge/client'

const [url = 'ws://127.0.0.1:8765', file = 'desk.cursor'] = process.argv.slice(2)

const storage = {
  load: () => readFile(file, 'utf8').catch(error => (error.code === 'ENOENT' ? null : Promise.reject(error))),
  // A rename is all or nothing: after a power failure the file has the old cursor or the new one, not half of one.
  async save(_key, value) {
    await writeFile(`${file}.new`, value)
    await rename(`${file}.new`, file)
  },
}

const client = createClient({ url, appName: 'Desk in Node', storage })
client.onStatus(({ state, error }) => console.error(state, error?.message ?? ''))
client.onGap(({ reason }) => console.log('gap', reason, '- read the tables again'))
client.on('BOOKING_*', ({ event_type: type, id, data }) => console.log(type, id, data.vehicle_license_plate))

// `close` stores the cursor. After a crash what was not stored yet comes again, with the same `event_id`.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => client.close())
