import { describe, expect, test } from 'vitest'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { addressOf, openTcpFaultProxy } from '../../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { hasChromium, startReactPages } from '../open-react-page.ts'

const database = await createTestDatabase()

describe.runIf(hasChromium)('hooks for the connection', () => {
  const openPage = startReactPages()

  test('useConnection tells each state, from idle to closed', async () => {
    const { url } = await openTestDaemon(database.url)
    const { page, shows } = await openPage(
      `window.states = []
      function Badge() {
        const { state } = useConnection()
        useEffect(() => { states.push(state) }, [state])
        return state
      }
      show(<RtbridgeProvider client={client}><Badge /></RtbridgeProvider>)`,
      { url },
    )
    await shows('idle')
    await page.evaluate('void client.connect()')
    await shows('online')
    await page.evaluate('void client.close()')
    await shows('closed')
    expect(await page.evaluate('states')).toEqual(['idle', 'connecting', 'online', 'closed'])
  })

  test('useGap hears that events are missing, with the newest handler', async () => {
    const { url } = await openTestDaemon(database.url)
    const { page, shows, errors } = await openPage(
      `window.gaps = []
      function Desk() {
        const [n, setN] = useState(0)
        window.setN = setN
        useGap(({ reason }) => { gaps.push(n + reason) })
        useEvent({ events: 'NOTE', since: n ? 'junk' : undefined }, () => {})
        return String(n)
      }
      show(<StrictMode><RtbridgeProvider client={client}><Desk /></RtbridgeProvider></StrictMode>)`,
      { url },
    )
    await shows('0')
    await waitFor(() => page.evaluate('client.status.state === "online"'))
    await page.evaluate('setN(1)')
    await waitFor(async () => ((await page.evaluate('gaps')) as string[]).length === 1)
    expect(await page.evaluate('gaps')).toEqual(['1unreadable'])
    expect(await errors()).toEqual([])
  })

  test('usePresence shows who comes and who goes, and null asks for nobody', async () => {
    const { url } = await openTestDaemon(database.url)
    const code = `function People() {
        const [room, setRoom] = useState(undefined)
        window.setRoom = setRoom
        const { members, state } = usePresence(room)
        return state + ' ' + members.map(({ app_names, state }) => app_names + ' ' + state).sort().join(', ')
      }
      show(<StrictMode><RtbridgeProvider client={client} releaseMs={20}><People /><People /></RtbridgeProvider></StrictMode>)`
    const here = await openPage(code.replace('<People /><People />', '<People />'), { url, app: 'Desk 1' })
    await here.shows('live Desk 1 online')
    const other = await openPage(code, { url, app: 'Desk 2' })
    await here.shows('live Desk 1 online, Desk 2 online')
    // Two components ask once.
    expect(await other.frames()).toEqual(['register', 'presence'])
    await other.page.evaluate('void client.setPresence("away")')
    await here.shows('live Desk 1 online, Desk 2 away')
    await here.page.evaluate('setRoom(null)')
    await here.shows('idle')
    await waitFor(async () => (await here.frames()).length === 3)
    expect((await here.sent()).at(-1)).toMatchObject({ message_type: 'presence', data: { subscribe: false } })
  })

  test('a lost connection is told, and events go on after it', async () => {
    const { url } = await openTestDaemon(database.url)
    const proxy = await openTcpFaultProxy(addressOf(url))
    const { shows, page } = await openPage(
      `window.states = []
      function Desk() {
        const { state } = useConnection()
        useEffect(() => { states.push(state) }, [state])
        return state + ' ' + useEventLog('NOTE').map(event => event.data.n).join(' ')
      }
      show(<StrictMode><RtbridgeProvider client={client}><Desk /></RtbridgeProvider></StrictMode>)`,
      { url: `ws://127.0.0.1:${proxy.port}/` },
    )
    await shows('online')
    for (const n of [1, 2, 3]) {
      proxy.reset()
      await database.query('SELECT rtbridge.publish($1, $2::jsonb)', ['NOTE', JSON.stringify({ n })])
    }
    await shows('online 1 2 3')
    expect(await page.evaluate('states')).toContain('retrying')
  })
})
