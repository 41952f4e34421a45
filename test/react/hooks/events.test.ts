import { describe, expect, test } from 'vitest'
import type { HubStats } from '../../../src/hub/hub.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { hasChromium, startReactPages } from '../open-react-page.ts'

const database = await createTestDatabase()

async function publish(name: string, data: object = {}): Promise<void> {
  await database.query('SELECT rtbridge.publish($1, $2::jsonb)', [name, JSON.stringify(data)])
}

describe.runIf(hasChromium)('hooks for events', () => {
  const openPage = startReactPages()

  async function openHub() {
    const { url, daemon } = await openTestDaemon(database.url)
    const subscriptions = () => (daemon.status().hub as HubStats).subscriptions
    return { url, subscriptions }
  }

  test('useLatest shows the newest event, useEventLog the last ones, the newest last', async () => {
    const { url, subscriptions } = await openHub()
    const { page, shows, errors } = await openPage(
      `function Notes() {
        const latest = useLatest('NOTE')
        const log = useEventLog('NOTE', { limit: 3 })
        return (latest?.data.n ?? 'none') + ' of ' + log.map(event => event.data.n).join(' ')
      }
      show(<RtbridgeProvider client={client}><Notes /></RtbridgeProvider>)`,
      { url },
    )
    await shows('none of')
    await waitFor(() => subscriptions() === 1)
    for (const n of [1, 2, 3, 4]) await publish('NOTE', { n })
    await shows('4 of 2 3 4')
    expect(await errors()).toEqual([])
    expect(page.url()).toContain('127.0.0.1')
  })

  test('StrictMode mounts everything twice, and the hub sees one subscription that never ends', async () => {
    const { url, subscriptions } = await openHub()
    const { page, frames, shows } = await openPage(
      `let heard = 0
      function Desk() {
        useEvent('NOTE', () => { heard++ })
        const log = useEventLog('NOTE')
        const latest = useLatest('NOTE')
        return log.length + ' ' + (latest?.data.n ?? '')
      }
      window.heard = () => heard
      // Online before, so that whatever is begun or ended is a frame of its own.
      client.connect().then(() => show(<StrictMode><RtbridgeProvider client={client} releaseMs={20}><Desk /><Desk /></RtbridgeProvider></StrictMode>))`,
      { url },
    )
    await waitFor(() => subscriptions() === 1)
    await publish('NOTE', { n: 7 })
    await shows('1 71 7')
    // Each of the two components hears it once.
    expect(await page.evaluate('heard()')).toBe(2)
    expect(await frames()).toEqual(['register', 'subscribe'])
    expect(subscriptions()).toBe(1)
  })

  test('what the last component leaves is ended after the delay', async () => {
    const { url, subscriptions } = await openHub()
    const { page, frames } = await openPage(
      `function Desk() { useEvent('NOTE', () => {}); return useEventLog('OTHER').length }
      window.set = isThere => show(
        <StrictMode><RtbridgeProvider client={client} releaseMs={30}>{isThere && <Desk />}</RtbridgeProvider></StrictMode>)
      set(true)`,
      { url },
    )
    await waitFor(() => subscriptions() === 2)
    await page.evaluate('set(false)')
    await waitFor(() => subscriptions() === 0)
    expect(await frames()).toEqual(['register', 'unsubscribe', 'unsubscribe'])
    await page.evaluate('set(true)')
    await waitFor(() => subscriptions() === 2)
  })

  test('a change of pages that comes back before the delay is over is not seen by the hub', async () => {
    const { url, subscriptions } = await openHub()
    const { page, frames, shows } = await openPage(
      `function Desk() { return useEventLog('NOTE').map(event => event.data.n).join(' ') }
      window.set = isThere => show(
        <RtbridgeProvider client={client} releaseMs={60000}>{isThere ? <Desk /> : 'elsewhere'}</RtbridgeProvider>)
      set(true)`,
      { url },
    )
    await waitFor(() => subscriptions() === 1)
    await publish('NOTE', { n: 1 })
    await shows('1')
    await page.evaluate('set(false)')
    await shows('elsewhere')
    await page.evaluate('set(true)')
    await shows('1')
    await publish('NOTE', { n: 2 })
    await shows('1 2')
    expect(await frames()).toEqual(['register'])
  })

  test('useEvent calls the handler of the newest render, and none after the component has gone', async () => {
    const { url, subscriptions } = await openHub()
    const { page, frames, shows } = await openPage(
      `window.heard = []
      function Desk() {
        const [n, setN] = useState(0)
        window.setN = setN
        useEvent({ events: ['NOTE'], where: 'new.n > 0' }, event => { heard.push(n + ':' + event.data.n) })
        return 'render ' + n
      }
      function All() { const log = useEventLog('NOTE'); return <i>{log.length}</i> }
      window.set = isThere => show(
        <RtbridgeProvider client={client} releaseMs={60000}>{isThere && <Desk />}<All /></RtbridgeProvider>)
      set(true)`,
      { url },
    )
    await waitFor(() => subscriptions() === 2)
    for (const n of [1, 2, 3]) {
      await page.evaluate(`setN(${n})`)
      await page.getByText(`render ${n}`).waitFor()
    }
    await publish('NOTE', { n: 9 })
    await waitFor(async () => ((await page.evaluate('heard')) as string[]).length === 1)
    await page.evaluate('set(false)')
    await shows('1')
    await publish('NOTE', { n: 10 })
    await shows('2')
    expect(await page.evaluate('heard')).toEqual(['3:9'])
    expect(await frames()).toEqual(['register'])
  })

  test('options that are written inline, in whatever order, do not subscribe anew; others do', async () => {
    const { url, subscriptions } = await openHub()
    const { page, frames } = await openPage(
      `function Desk() {
        const [n, setN] = useState(0)
        const [where, setWhere] = useState('new.n > 0')
        Object.assign(window, { setN, setWhere })
        const filter = n % 2 ? { where, events: ['NOTE'], tables: undefined } : { events: ['NOTE'], where }
        useEvent(filter, () => {})
        useEventLog(filter)
        return 'render ' + n
      }
      show(<RtbridgeProvider client={client} releaseMs={0}><Desk /></RtbridgeProvider>)`,
      { url },
    )
    await waitFor(() => subscriptions() === 1)
    for (const n of [1, 2, 3, 4, 5]) {
      await page.evaluate(`setN(${n})`)
      await page.getByText(`render ${n}`).waitFor()
    }
    expect(await frames()).toEqual(['register'])
    await page.evaluate(`setWhere('new.n > 1')`)
    await waitFor(async () => (await frames()).length === 3)
    expect(await frames()).toEqual(['register', 'subscribe', 'unsubscribe'])
  })

  test('what comes together is rendered once', async () => {
    const { url, subscriptions } = await openHub()
    const { shows, renders } = await openPage(
      `function Desk() { return useEventLog('NOTE', { limit: 40 }).length }
      show(<RtbridgeProvider client={client}>
        <Profiler id="desk" onRender={count}><Desk /></Profiler>
      </RtbridgeProvider>)`,
      { url },
    )
    await waitFor(() => subscriptions() === 1)
    await database.query(`SELECT rtbridge.publish('NOTE', '{}') FROM generate_series(1, 500)`)
    await shows('40')
    // The first one shows nothing, the second all; a third one is for a frame that the network cut in two.
    expect(await renders('desk')).toBeLessThanOrEqual(3)
  })

  test('a choice of null or undefined wants nothing, and opens no connection', async () => {
    const { url, subscriptions } = await openHub()
    const { page, sent, shows } = await openPage(
      `function Desk() {
        const [type, setType] = useState(null)
        window.setType = setType
        useEvent(type, () => {})
        const status = useConnection()
        return status.state + ' ' + useEventLog(type ?? undefined).length + String(useLatest(type))
      }
      show(<StrictMode><RtbridgeProvider client={client}><Desk /></RtbridgeProvider></StrictMode>)`,
      { url },
    )
    await shows('idle 0null')
    expect(await sent()).toEqual([])
    await page.evaluate(`setType('NOTE')`)
    await shows('online 0null')
    expect(subscriptions()).toBe(1)
  })

  test('a handler that throws is told to onError, and disturbs no other', async () => {
    const { url, subscriptions } = await openHub()
    const { errors, shows } = await openPage(
      `function Desk() {
        useEvent('NOTE', () => { throw new Error('thrown by a handler') })
        useEvent('NOTE', async () => { throw new Error('rejected by a handler') })
        return useEventLog('NOTE').length
      }
      show(<RtbridgeProvider client={client}><Desk /></RtbridgeProvider>)`,
      { url },
    )
    await waitFor(() => subscriptions() === 1)
    await publish('NOTE')
    await shows('1')
    expect(await errors()).toEqual([' thrown by a handler', ' rejected by a handler'])
  })

  test('a filter with `since` brings its past to each component', async () => {
    const { url, subscriptions } = await openHub()
    const { page, shows } = await openPage(
      `window.heard = []
      function Now() { useEvent('NOTE', () => {}); useCheckpoint(cursor => { window.cursor = cursor }) }
      function Past({ name, since }) { useEvent({ events: 'NOTE', since }, event => { heard.push(name + event.data.n) }) }
      let elements = []
      window.add = name => {
        elements = [...elements, <Past key={name} name={name} since={window.from} />]
        show(<StrictMode><RtbridgeProvider client={client}><Now />{elements}done</RtbridgeProvider></StrictMode>)
      }
      show(<StrictMode><RtbridgeProvider client={client}><Now />ready</RtbridgeProvider></StrictMode>)`,
      { url },
    )
    await shows('ready')
    await waitFor(() => subscriptions() === 1)
    await publish('OTHER')
    await publish('NOTE', { n: 0 })
    await waitFor(() => page.evaluate('window.cursor'))
    await page.evaluate('window.from = window.cursor')
    await publish('NOTE', { n: 1 })
    await waitFor(async () => (await page.evaluate('window.cursor !== window.from')) === true)
    for (const name of ['a', 'b']) {
      await page.evaluate(`add('${name}')`)
      await waitFor(async () => ((await page.evaluate('heard')) as string[]).includes(`${name}1`))
    }
    expect(((await page.evaluate('heard')) as string[]).sort()).toEqual(['a1', 'b1'])
  })
})
