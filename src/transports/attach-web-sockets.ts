import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ServerOptions } from 'ws'
import { WebSocketServer } from 'ws'
import type { Identify } from '../access/identify.ts'
import { showsSomething } from '../access/identify.ts'
import type { Identity } from '../access/identity.ts'
import { rtbridgeError, toRtbridgeError } from '../domain/errors/registry.ts'
import { burstSeconds } from '../domain/token-bucket.ts'
import type { Hub } from '../hub/hub.ts'
import type { Answer } from './answer.ts'
import { answerText } from './answer.ts'
import { normalAddress } from './door/address-list.ts'
import type { Door } from './door/door.ts'
import type { MessageRates } from './door/message-limits.ts'
import { pathOf, webSocketPaths } from './handle-request.ts'
import { errorAnswer } from './problem.ts'
import { queryOf } from './query.ts'
import { showCredentials, subprotocol } from './show-credentials.ts'
import { WebSocketGuest } from './web-socket-guest.ts'
import { WebSocketGuests } from './web-socket-guests.ts'
import { WebSocketPeer } from './ws-peer.ts'

export interface WebSocketLimits extends MessageRates {
  /** Pieces that one message may come in. */
  readonly maxFragments: number
  /** Pause between two pings of a connection; told to clients by the hub, milliseconds. */
  readonly heartbeatMs: number
  /** A connection of which nothing is heard for so long is ended, milliseconds. */
  readonly idleMs: number
  /** How long a polite close may take before a connection is cut, milliseconds. */
  readonly closeWithinMs: number
}

export interface WebSocketOptions {
  readonly limits: WebSocketLimits
  /** Looks at every upgrade first. */
  readonly door: Door
  /** Tells who shows something in the request. */
  readonly identify: Identify
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
  readonly onError: (error: unknown, part: string) => void
}

/** The WebSockets of an HTTP server. */
export interface WebSockets {
  /** Starts a polite close of each, and takes no new ones. */
  close(): void
}

/** Lets an HTTP server upgrade requests for `/` and `/ws` to WebSockets of the hub. */
export function attachWebSockets(http: Server, hub: Hub, options: WebSocketOptions): WebSockets {
  const { limits, door, now, identify, onError } = options
  const server = new WebSocketServer(webSocketOptions(limits))
  const { heartbeatMs: intervalMs, idleMs } = limits
  const guests = new WebSocketGuests({ intervalMs, idleMs, now })
  const rules = { rates: limits, idleMs, count: door.count.bind(door), now }
  const open = (request: IncomingMessage, stream: Duplex, head: Buffer, identity: Identity | null) =>
    server.handleUpgrade(request, stream, head, socket => {
      const address = normalAddress(request.socket.remoteAddress ?? 'unknown')
      const connection = hub.connect(new WebSocketPeer(socket, stream, address), identity)
      guests.add(new WebSocketGuest(socket, connection, rules))
    })
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', destroyItself)
    admit(request, door, identify)
      .then(identity => {
        if (!stream.destroyed) open(request, stream, head, identity)
      })
      .catch(error => {
        if (error instanceof Refused) stream.end(answerText(error.answer), () => stream.destroy())
        else {
          onError(error, 'upgrade')
          stream.destroy()
        }
      })
  })
  return {
    close() {
      guests.close('the hub stops')
      server.close()
    },
  }
}

/** Not a closure: it stays with the connection, and would keep the request for as long, some kilobytes. */
function destroyItself(this: Duplex): void {
  this.destroy()
}

/** An upgrade that is not to be; its answer is not sent yet. */
class Refused extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('refused')
    this.answer = answer
  }
}

/** @returns who it is, null when he has yet to sign in. @throws Refused */
async function admit(request: IncomingMessage, door: Door, identify: Identify): Promise<Identity | null> {
  const refusal = door.check(request)
  if (refusal !== null) throw new Refused(refusal)
  const path = pathOf(request)
  if (!webSocketPaths.includes(path)) {
    throw new Refused(errorAnswer(rtbridgeError('RTB_HTTP_NOT_FOUND', { path })))
  }
  try {
    const shown = showCredentials(request, queryOf(request.url))
    return showsSomething(shown) ? await identify(shown) : null
  } catch (thrown) {
    const error = toRtbridgeError(thrown, 'upgrade')
    if (error.actor !== 'client-author') throw error
    door.count(error.code)
    throw new Refused(errorAnswer(error))
  }
}

function webSocketOptions({
  maxFrameBytes,
  maxFragments,
  closeWithinMs,
  controlFramesPerSecond,
}: WebSocketLimits): ServerOptions {
  const options: ServerOptions & { closeTimeout: number; maxPendingAutoPongs: number } = {
    noServer: true,
    // We know them.
    clientTracking: false,
    // Never the one that holds a token.
    handleProtocols: offered => (offered.has(subprotocol) ? subprotocol : false),
    // One compressor per client costs more memory than an office saves in bandwidth, and a small bomb becomes large.
    perMessageDeflate: false,
    // A message up to twice the limit is still read, so that its sender can be told what was wrong.
    maxPayload: 2 * maxFrameBytes,
    maxFragments,
    // Pieces of the network's making: a message that drips in byte by byte costs no more memory than its size.
    maxBufferedChunks: 1024,
    closeTimeout: closeWithinMs,
    // Beyond these the connection is cut without a word, so what may come at once has to fit.
    maxPendingAutoPongs: controlFramesPerSecond * burstSeconds + 1,
  }
  return options
}
