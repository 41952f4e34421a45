import { define } from './define.ts'

/** What the hub's front door refuses: who may not come in, and who comes too often or sends too much. */
export const doorErrors = {
  RTB_ADDRESS_DENIED: define<{ address: string }>({
    actor: 'operator',
    message: ({ address }) => `clients at ${address} may not connect to this hub`,
    hint: () => 'add the address or its network to hub.allow_addresses, if it is one of yours',
  }),
  RTB_HOST_DENIED: define<{ host: string }>({
    actor: 'operator',
    message: ({ host }) => `this hub is not called ${shown(host)}`,
    hint: () => 'use its address or host name, or add the name to hub.allow_hosts',
  }),
  RTB_ORIGIN_DENIED: define<{ origin: string }>({
    actor: 'operator',
    message: ({ origin }) => `pages of ${shown(origin)} may not connect to this hub`,
    hint: () =>
      'add that origin to hub.allow_origins, exactly as it stands here, if the page is one of yours',
  }),
  RTB_REQUEST_MALFORMED: define<object>({
    actor: 'client-author',
    message: () => 'this is not a request of HTTP',
    hint: () => 'speak HTTP/1.1 or WebSocket here, and https or wss where the hub has a certificate',
  }),
  RTB_REQUEST_TIMEOUT: define<{ limitMs: number }>({
    actor: 'client-author',
    message: ({ limitMs }) => `the request did not arrive within ${limitMs} ms`,
    hint: () => 'send it at once after connecting; the operator can raise limits.handshake_timeout',
  }),
  RTB_REQUEST_HEAD_TOO_LARGE: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `the head of the request is longer than ${limit} bytes`,
    hint: () => 'send fewer cookies and headers; the operator can raise limits.header_size',
  }),
  RTB_LIMIT_CONNECTIONS: define<{ limit: number }>({
    actor: 'operator',
    message: ({ limit }) => `the hub has ${limit} connections, which is all it takes`,
    hint: () => 'try again later; the operator can raise limits.connections, or start another hub',
  }),
  RTB_LIMIT_ADDRESS_CONNECTIONS: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `this address has ${limit} connections, which is all it may have`,
    hint: () =>
      'use one connection per app, and close it; for a proxy the operator sets limits.shared_addresses',
  }),
  RTB_LIMIT_HANDSHAKES: define<{ retryMs: number }>({
    actor: 'client-author',
    message: ({ retryMs }) => `too many new connections; try again in ${retryMs} ms`,
    hint: () =>
      'keep connections open, and wait longer after each failure (limits.handshakes, limits.handshakes_per_address)',
  }),
  RTB_LIMIT_REQUESTS: define<{ perSecond: number; retryMs: number }>({
    actor: 'client-author',
    message: ({ perSecond, retryMs }) =>
      `more than ${perSecond} requests a second on one connection; try again in ${retryMs} ms`,
    hint: () => 'ask less often, or subscribe instead of asking (limits.messages)',
  }),
  RTB_LIMIT_MESSAGES: define<{ perSecond: number; retryMs: number }>({
    actor: 'client-author',
    message: ({ perSecond, retryMs }) =>
      `more than ${perSecond} messages a second; this one was dropped, send it again in ${retryMs} ms`,
    hint: () =>
      'send less often, or several things in one message; who goes on is disconnected (limits.messages)',
  }),
  RTB_LIMIT_BYTES: define<{ perSecond: number; retryMs: number }>({
    actor: 'client-author',
    message: ({ perSecond, retryMs }) =>
      `more than ${perSecond} bytes a second; this message was dropped, send it again in ${retryMs} ms`,
    hint: () => 'send less, or put large content into a table; who goes on is disconnected (limits.bytes)',
  }),
  RTB_LIMIT_CONTROL_FRAMES: define<{ perSecond: number }>({
    actor: 'client-author',
    message: ({ perSecond }) => `more than ${perSecond} WebSocket pings and pongs a second`,
    hint: () => 'the hub probes connections by itself: answer its pings, and send few of your own',
  }),
  RTB_LIMIT_IDLE: define<{ limitMs: number }>({
    actor: 'client-author',
    message: ({ limitMs }) => `nothing came for ${limitMs} ms, not even an answer to a probe`,
    hint: () => 'answer WebSocket pings (libraries do so by themselves), or send `ping` now and then',
  }),
} as const

/** What a client wrote, so that nothing in it steers a terminal or breaks a line, and short. */
function shown(text: string): string {
  const clipped = text.length > 100 ? `${text.slice(0, 99)}…` : text
  return JSON.stringify(clipped).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
