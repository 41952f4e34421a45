import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { createFolder } from '../cli/run-cli.ts'
import { connectCrowd, type Member } from '../support/crowd.ts'
import { HubProcess } from '../support/hub-process.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()

/** Each is probed soon, and its answer changes what is kept of it; all of them come from one address. */
const configuration = `
auth: { mode: open }
hub: { heartbeat: 1s }
limits: { handshakes: 100000, handshakes_per_address: 100000, connections_per_address: 10000 }
`

/** More than so many half-open ones would be cut. */
const atOnce = 100

const desk = {
  batch: true,
  subscriptions: [
    { id: 'bookings', tables: ['bookings'], events: ['BOOKING_*'] },
    { id: 'mine', rooms: ['destination:7'], where: 'new.n == 1' },
  ],
}

/** Of each connection one that no other has. */
const filter = (n: number) => ({
  subscriptions: [{ id: `row-${n}`, tables: ['bookings'], where: `new.id == ${n}` }],
})

/** `most`: bytes on the heap and beside it after a garbage collection, as measured with Node 20, and 15 % room. */
test.each([
  { what: 'does nothing takes little more than its socket does', data: () => ({}), most: 6_900 },
  { what: 'asks for what others ask for, too, keeps little of it', data: () => desk, most: 8_100 },
  { what: 'asks for a row of its own keeps little for that', data: filter, most: 9_800 },
])('a connection that $what', async ({ data, most }) => {
  const folder = await createFolder()
  await writeFile(join(folder, 'rtbridge.yaml'), configuration)
  const hub = new HubProcess({ folder, databaseUrl: database.url, port: await findFreePort() })
  await hub.start()
  const hubUrl = `ws://127.0.0.1:${hub.port}/`
  let asked = 0
  const come = async (count: number) => {
    const crowd: Member[] = []
    while (crowd.length < count) crowd.push(...(await connectCrowd(hubUrl, atOnce, () => data(++asked))))
    const probed = new Set<object>()
    for (const { socket } of crowd) socket.on('ping', () => probed.add(socket))
    await waitFor(() => probed.size === count)
    return (await hub.use()).memoryBytes
  }
  // The first ones make what all share.
  const [before, after] = [await come(500), await come(2_000)]
  expect((after - before) / 2_000).toBeLessThan(most)
})
