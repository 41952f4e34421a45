import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import {
  RtbridgeProvider,
  useCheckpoint,
  useClient,
  useConnection,
  useEvent,
  useEventLog,
  useGap,
  useLatest,
  useLiveTable,
  usePresence,
} from '../../src/react/index.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { hasChromium, startReactPages } from './open-react-page.ts'

const database = await createTestDatabase()

function Board() {
  useEvent('NOTE', () => {})
  useGap(() => {})
  useCheckpoint(() => {})
  const table = useLiveTable('vehicle_queue', { orderBy: 'position' })
  const shown = [
    typeof useClient().publish,
    useConnection().state,
    table.state,
    table.rows.length,
    useLiveTable(null).state,
    usePresence().state,
    useEventLog('NOTE').length,
    String(useLatest('NOTE')),
  ]
  return shown.join(' ')
}

const asServed = 'function idle loading 0 idle loading 0 null'

describe('on a server', () => {
  test('every hook renders what there is before anything is known, and opens nothing', () => {
    const client = createClient({ url: 'ws://127.0.0.1:1', appName: 'server' })
    onTestFinished(() => client.close())
    expect(renderToString(createElement(RtbridgeProvider, { client }, createElement(Board)))).toBe(asServed)
    expect(client.status.state).toBe('idle')
  })

  test('a hook without a provider says what is missing', () => {
    expect(() => renderToString(createElement(Board))).toThrow('<RtbridgeProvider client={…}>')
  })
})

describe.runIf(hasChromium)('in a page that a server has rendered', () => {
  const openPage = startReactPages()

  test('the same markup comes to life without a complaint', async () => {
    const { url } = await openTestDaemon(database.url)
    const { shows, errors, page } = await openPage(
      `function Board() {
        const status = useConnection()
        return status.state + ' ' + usePresence().state + ' ' + useEventLog('NOTE').length
      }
      window.recovered = []
      window.hydrate = () => hydrateRoot(document.getElementById('root'),
        <StrictMode><RtbridgeProvider client={client}><Board /></RtbridgeProvider></StrictMode>,
        { onRecoverableError: error => recovered.push(error.message) })`,
      { url, markup: 'idle loading 0' },
    )
    await shows('idle loading 0')
    await page.evaluate('hydrate()')
    await shows('online live 0')
    expect(await page.evaluate('recovered')).toEqual([])
    expect(await errors()).toEqual([])
  })
})
