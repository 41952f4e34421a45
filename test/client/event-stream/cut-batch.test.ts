import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../../src/client-node/index.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { installTables } from '../../support/wasla-database.ts'

const yaml = 'tables:\n  halves: {}\n'
const database = await createTestDatabase()
await database.query('CREATE TABLE halves (id int PRIMARY KEY)')
await installTables(database, yaml)

/** A `fetch` whose event streams are cut behind the next event, once `isArmed`; `cuts` counts, and `hold` lets them hang instead. */
function cuttingFetch(hold?: () => void) {
  const state = { isArmed: false, cuts: 0 }
  const cutting: typeof fetch = async (...request) => {
    const answer = await fetch(...request)
    if (answer.body === null || !answer.headers.get('content-type')?.startsWith('text/event-stream'))
      return answer
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const text = new TextDecoder().decode(chunk)
        const at = state.isArmed ? text.indexOf('event: INSERT\n') : -1
        const end = at < 0 ? -1 : text.indexOf('\n\n', at)
        if (end < 0) {
          controller.enqueue(chunk)
          return undefined
        }
        state.isArmed = false
        state.cuts++
        controller.enqueue(new TextEncoder().encode(text.slice(0, end + 2)))
        if (hold === undefined) controller.terminate()
        else {
          setTimeout(hold)
          return new Promise<void>(() => {})
        }
        return undefined
      },
    })
    return new Response(answer.body.pipeThrough(cut), answer)
  }
  return { fetch: cutting, state }
}

/** Writes two rows at a time while streams are cut between two events. @param wanted conditions of live tables, of which the app opens one at each cut */
async function writePairs(rounds: number, wanted?: Iterator<string>) {
  await database.query('TRUNCATE halves; INSERT INTO halves VALUES (1), (2)')
  const { daemon } = await openTestDaemon(database.url, yaml)
  const { fetch, state } = cuttingFetch(
    wanted && (() => void client.table('halves', { where: wanted.next().value })),
  )
  const client = createClient({
    url: `http://127.0.0.1:${daemon.port}/`,
    appName: 'test',
    transports: ['sse'],
    backoff: { minMs: 5, maxMs: 20 },
    fetch: fetch as never,
  })
  onTestFinished(() => client.close())
  const table = client.table('halves')
  const seen: number[] = []
  table.onChange(rows => seen.push(rows.length))
  await table.ready()
  for (let round = 1; round <= rounds; round++) {
    const size = 2 + round * 2
    state.isArmed = true
    await database.query(`INSERT INTO halves VALUES (${size - 1}), (${size})`)
    await waitFor(() => table.rows.length === size && table.state === 'live')
  }
  expect(state.cuts).toBeGreaterThan(0)
  return seen
}

const isOdd = (count: number) => count % 2 === 1

test('a live table shows no half of a transaction when its event stream is cut between two events', async () => {
  expect((await writePairs(5)).filter(isOdd)).toEqual([])
})

test('a live table shows no half of a transaction when another subscription makes the client change streams between two events', async () => {
  const wanted = Array.from({ length: 8 }, (_, at) => `new.id > ${at + 1}`).values()
  expect((await writePairs(8, wanted)).filter(isOdd)).toEqual([])
})
