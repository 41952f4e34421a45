// What the pages of these tests are made of: React, the hooks, and a client that notes what it sends.
import { createRoot } from 'react-dom/client'
import { createClient } from '../../src/client/index.ts'

export * from 'react'
export { hydrateRoot } from 'react-dom/client'
export * from '../../src/react/index.ts'

const options = new URLSearchParams(location.search)
let hub = options.get('hub')

/** A hub that starts again has another port here. */
const setHub = url => {
  hub = url
}

/** Every frame that the page has sent. */
const sent = []
const errors = []
/** How often each component was rendered and kept, by name. */
const renders = {}

class NotingSocket extends WebSocket {
  send(text) {
    sent.push(JSON.parse(text))
    super.send(text)
  }
}

export const client = createClient({
  url: () => hub,
  appName: options.get('app'),
  WebSocket: NotingSocket,
  transports: ['websocket'],
  backoff: { minMs: 10, maxMs: 50 },
  onError: error => errors.push(`${error.code ?? ''} ${error.message}`),
})

/** For `<Profiler onRender>`. */
export function count(name) {
  renders[name] = (renders[name] ?? 0) + 1
}

const rootElement = document.getElementById('root')
let root = null

/** Shows something in place of what was shown. */
export function show(element) {
  root ??= createRoot(rootElement)
  root.render(element)
}

Object.assign(window, { setHub, sent, errors, renders, client })
