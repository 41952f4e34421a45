import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../src/client-node/index.ts'
import { readRows } from '../support/admin-sql.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

const server = await startServer()
const perDesk = 60

function openDesk(url: readonly string[], appName: string) {
  const client = createClient({
    url,
    appName,
    backoff: { minMs: 10, maxMs: 100 },
    offlineQueue: { max: perDesk },
  })
  onTestFinished(() => client.close())
  return client
}

/** All that was stored, in the order of the journal. */
async function stored(): Promise<string[]> {
  const sql = `SELECT new_row -> 'data' ->> 'n' AS n FROM rtbridge.journal WHERE op = 'P' ORDER BY seq`
  return (await readRows(server.url(), sql)).map(({ n }) => String(n))
}

test('what apps publish while the server crashes is stored once, in their order, and each app hears it once', async () => {
  const hubs = [await openTestDaemon(server.url()), await openTestDaemon(server.url())].map(({ url }) => url)
  const witness = openDesk(hubs, 'witness')
  const heard: string[] = []
  await witness.on('NOTE', event => void heard.push((event.data as { n: string }).n)).ready()
  const desks = [openDesk(hubs, 'one'), openDesk([...hubs].reverse(), 'other')]
  await Promise.all(desks.map(desk => desk.connect()))

  const publishing: Promise<void>[] = []
  const publish = (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      for (const [at, desk] of desks.entries()) publishing.push(desk.publish('NOTE', { n: `${at}-${n}` }))
    }
  }
  publish(0, 20)
  await waitFor(() => heard.length > 0)
  await server.stop('immediate')
  publish(20, 40)
  await waitFor(() => desks.every(({ status }) => status.stale))
  publish(40, perDesk)
  await server.start()
  await Promise.all(publishing)

  const wanted = desks.map((_, at) => Array.from({ length: perDesk }, (__, n) => `${at}-${n}`))
  const ofEach = (all: readonly string[]) =>
    desks.map((_, at) => all.filter(name => name.startsWith(`${at}-`)))
  expect(ofEach(await stored())).toEqual(wanted)
  await waitFor(() => heard.length >= desks.length * perDesk)
  expect(ofEach(heard)).toEqual(wanted)
})
