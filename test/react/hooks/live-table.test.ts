import { beforeEach, describe, expect, test } from 'vitest'
import type { HubStats } from '../../../src/hub/hub.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { installTables } from '../../support/wasla-database.ts'
import type { ReactPage } from '../open-react-page.ts'
import { hasChromium, otherReact, startReactPages } from '../open-react-page.ts'

const database = await createTestDatabase()
const yaml = 'tables: { queue: {} }'

await database.query('CREATE TABLE queue (id int PRIMARY KEY, plate text NOT NULL, place int NOT NULL)')
await installTables(database, yaml)

/** Components of the pages. */
const parts = `
  const options = { orderBy: 'place' }
  const text = ({ rows, state }) => state + ': ' + rows.map(row => row.plate).join(' ')
  function Queue() { return <p>{text(useLiveTable('queue', { orderBy: 'place' }))}</p> }
  function Page({ children, releaseMs = 60000 }) {
    return <StrictMode><RtbridgeProvider client={client} releaseMs={releaseMs}>{children}</RtbridgeProvider></StrictMode>
  }`

describe.runIf(hasChromium)('useLiveTable', () => {
  const openPage = startReactPages()

  beforeEach(async () => {
    await database.query('DELETE FROM queue')
    await database.query(`INSERT INTO queue VALUES (1, 'A', 10), (2, 'B', 20)`)
  })

  async function openHub() {
    const { url, daemon } = await openTestDaemon(database.url, yaml)
    return { url, daemon, hub: () => daemon.status().hub as HubStats }
  }

  /** Subscribed to with their rows, and whether any was ended. */
  async function tableFrames(page: ReactPage): Promise<string[]> {
    const frames = (await page.sent()).filter(({ message_type }) => message_type !== 'ping')
    return frames.flatMap(({ message_type, data }) =>
      message_type === 'register' ? (data.subscriptions ?? []).map(() => 'registered') : [message_type],
    )
  }

  test('shows the rows in order, and what becomes of them', async () => {
    const { url } = await openHub()
    const { shows, errors } = await openPage(`${parts} show(<Page><Queue /></Page>)`, { url })
    await shows('live: A B')
    await database.query(`INSERT INTO queue VALUES (3, 'C', 15)`)
    await shows('live: A C B')
    await database.query('UPDATE queue SET place = 5 WHERE id = 2')
    await shows('live: B A C')
    await database.query('DELETE FROM queue WHERE id = 1')
    await shows('live: B C')
    expect(await errors()).toEqual([])
  })

  test('two components with the same table share it, under StrictMode and through a change of pages', async () => {
    const { url, hub } = await openHub()
    const opened = await openPage(
      `${parts}
      function Same() { return <p>{text(useLiveTable('queue', { limit: undefined, orderBy: 'place' }))}</p> }
      window.set = pages => show(<Page>{pages.includes(1) && <Queue />}{pages.includes(2) && <Same />}</Page>)
      // Online before, so that whatever is begun or ended is a frame of its own.
      client.connect().then(() => set([1, 2]))`,
      { url },
    )
    const { page, text } = opened
    await waitFor(async () => (await text()).match(/live: A B/g)?.length === 2)
    await page.evaluate('set([2])')
    await opened.shows('live: A B')
    await page.evaluate('set([])')
    await opened.shows('')
    await page.evaluate('set([1])')
    // At once, with no time to load anything.
    expect(await text()).toContain('live: A B')
    await database.query(`INSERT INTO queue VALUES (3, 'C', 30)`)
    await opened.shows('live: A B C')
    expect(hub().subscriptions).toBe(1)
    expect(await tableFrames(opened)).toHaveLength(1)
  })

  // Which React has since 19.2.
  test.skipIf(otherReact)('goes on behind a hidden <Activity> for the delay', async () => {
    const { url, hub } = await openHub()
    const opened = await openPage(
      `${parts}
      window.set = (mode, releaseMs) => show(
        <Page releaseMs={releaseMs}><Activity mode={mode}><Queue /></Activity><i>{mode}</i></Page>)
      set('visible', 60000)`,
      { url },
    )
    await waitFor(async () => (await opened.text()).startsWith('live: A B'))
    await opened.page.evaluate(`set('hidden', 60000)`)
    await opened.shows('hidden')
    await opened.page.evaluate(`set('visible', 60000)`)
    await waitFor(async () => (await opened.text()).startsWith('live: A B'))
    expect(await tableFrames(opened)).toHaveLength(1)
    await opened.page.evaluate(`set('visible', 10)`)
    await opened.page.evaluate(`set('hidden', 10)`)
    await waitFor(() => hub().subscriptions === 0)
    await opened.page.evaluate(`set('visible', 10)`)
    await waitFor(async () => (await opened.text()).startsWith('live: A B'))
  })

  test('is ended at the hub after the delay', async () => {
    const { url, hub } = await openHub()
    const opened = await openPage(
      `${parts} window.set = isThere => show(<Page releaseMs={30}>{isThere && <Queue />}</Page>); set(true)`,
      { url },
    )
    await opened.shows('live: A B')
    await opened.page.evaluate('set(false)')
    await waitFor(() => hub().subscriptions === 0)
    expect((await tableFrames(opened)).at(-1)).toBe('unsubscribe')
  })

  test('names no table: nothing is opened; then one: it is', async () => {
    const { url } = await openHub()
    const { page, shows, sent } = await openPage(
      `${parts}
      function Choice() {
        const [name, setName] = useState(null)
        window.setName = setName
        return text(useLiveTable(name, { orderBy: 'place' }))
      }
      show(<Page><Choice /></Page>)`,
      { url },
    )
    await shows('idle:')
    expect(await sent()).toEqual([])
    await page.evaluate('setName("queue")')
    await shows('live: A B')
    await page.evaluate('setName(undefined)')
    await shows('idle:')
  })

  test('options that are written inline open it once; other options open another', async () => {
    const { url, hub } = await openHub()
    const opened = await openPage(
      `${parts}
      function Choice() {
        const [n, setN] = useState(0)
        const [limit, setLimit] = useState(undefined)
        Object.assign(window, { setN, setLimit })
        return n + ' ' + text(useLiveTable('queue', { orderBy: [{ column: 'place', direction: 'desc' }], limit }))
      }
      show(<Page releaseMs={0}><Choice /></Page>)`,
      { url },
    )
    await opened.shows('0 live: B A')
    for (const n of [1, 2, 3]) {
      await opened.page.evaluate(`setN(${n})`)
      await opened.shows(`${n} live: B A`)
    }
    expect(await tableFrames(opened)).toHaveLength(1)
    await opened.page.evaluate('setLimit(1)')
    await opened.shows('3 live: B')
    await waitFor(() => hub().subscriptions === 1)
  })

  test('renders for what changes its rows, and for nothing else; rows that stay are the same objects', async () => {
    const { url } = await openHub()
    const { shows, renders } = await openPage(
      `${parts}
      const Row = memo(({ row }) => <Profiler id={row.plate} onRender={count}>{row.plate + row.place + ' '}</Profiler>)
      function Rows() {
        const { rows } = useLiveTable('queue', { where: 'new.place < 100', orderBy: 'place' })
        return <Profiler id="rows" onRender={count}>{rows.map(row => <Row key={row.id} row={row} />)}</Profiler>
      }
      function Notes() { return useEventLog('NOTE').length }
      show(<RtbridgeProvider client={client}><Rows />|<Notes /></RtbridgeProvider>)`,
      { url },
    )
    await shows('A10 B20 |0')
    // The first shows nothing yet, the second all.
    const before = await renders('rows')
    expect(before).toBe(2)
    // A row that it does not show, a transaction that changes nothing, one that is taken back.
    await database.query(`INSERT INTO queue VALUES (9, 'Z', 900)`)
    await database.query(`UPDATE queue SET plate = 'Y' WHERE id = 9`)
    await database.query('UPDATE queue SET place = place')
    await database.query(`INSERT INTO queue VALUES (8, 'X', 1); DELETE FROM queue WHERE id = 8`)
    await database.query(`SELECT rtbridge.publish('NOTE', '{}')`)
    await shows('A10 B20 |1')
    expect(await renders('rows')).toBe(before)
    await database.query('UPDATE queue SET place = 30 WHERE id = 1')
    await shows('B20 A30 |1')
    expect(await renders('rows')).toBe(before + 1)
    expect(await renders('B')).toBe(1)
  })

  test('shows wrong options and what the hub refuses as a failure, and the page lives on', async () => {
    const { url } = await openHub()
    const { text, errors } = await openPage(
      `${parts}
      function Wrong({ name, options }) {
        const { state, error } = useLiveTable(name, options)
        return <p>{state + ' ' + (error?.code ?? '')}</p>
      }
      show(<Page>
        <Wrong name="queue" options={{ limit: -1 }} /><Wrong name="no_such_table" /><Queue />
      </Page>)`,
      { url },
    )
    await waitFor(async () =>
      /^failed RTB_CLIENT_TABLE\s+failed RTB_\w+\s+live: A B$/.test((await text()).trim()),
    )
    expect((await errors()).filter(error => !error.startsWith('RTB_'))).toEqual([])
  })

  test('a hub that restarts: the rows stay, marked as stale, then it goes on with what was missed', async () => {
    const { url, daemon } = await openHub()
    const opened = await openPage(`${parts} show(<Page><Queue /></Page>)`, { url })
    await opened.shows('live: A B')
    await daemon.close()
    await opened.shows('stale: A B')
    await database.query(`INSERT INTO queue VALUES (3, 'C', 30)`)
    const again = await openHub()
    await opened.page.evaluate(`setHub('${again.url}')`)
    await opened.shows('live: A B C')
  })
})
