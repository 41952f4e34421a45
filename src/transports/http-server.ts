import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Identify } from '../access/identify.ts'
import type { Audit } from '../domain/audit.ts'
import { RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'
import type { Hub } from '../hub/hub.ts'
import { answerText } from './answer.ts'
import type { MetricsText } from './answer-metrics.ts'
import type { WebSocketLimits, WebSockets } from './attach-web-sockets.ts'
import { attachWebSockets } from './attach-web-sockets.ts'
import type { DoorLimits, DoorStatus } from './door/door.ts'
import { Door } from './door/door.ts'
import { readTlsIdentity } from './door/tls-identity.ts'
import type { TlsOptions, TlsReload } from './door/tls-server.ts'
import { createTlsServer, startTlsReload } from './door/tls-server.ts'
import type { HealthReport } from './handle-request.ts'
import { listen } from './listen.ts'
import { refusalAnswer } from './problem.ts'
import { createRequestRoutes } from './request-routes.ts'
import { createRequestRouter } from './route-request.ts'
import type { WaysIn } from './ways-in.ts'
import { createWaysIn } from './ways-in.ts'

export interface HttpLimits extends WebSocketLimits, DoorLimits {
  /** Time for the head of a request, and for a connection that sends none, milliseconds. */
  readonly handshakeMs: number
  /** Longest head of a request, bytes. */
  readonly headerBytes: number
}

export interface HttpServerOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** What this machine is called. */
  readonly hostname: string
  readonly hub: Hub
  /** Asked for each `/readyz` and `/health`. */
  readonly health: () => HealthReport
  /** Asked for each `/metrics`. */
  readonly metrics: () => Promise<MetricsText>
  readonly limits: HttpLimits
  /** Null = plain HTTP. */
  readonly tls: TlsOptions | null
  readonly audit: Audit
  /** A new certificate is in use, until this time in milliseconds since 1970. */
  readonly onCertificate: (validToMs: number) => void
  /** Who may do what over plain HTTP; what is missing has its default. */
  readonly ways?: Partial<WaysIn>
  /** Hears of what failed in the server itself. */
  readonly onError: (error: unknown, part: string) => void
}

export interface HttpServer {
  /** The address it listens on: that of the name, when a name was given. */
  readonly address: string
  /** The port it listens on. */
  readonly port: number
  readonly door: DoorStatus
  /** End of validity of its certificate, milliseconds since 1970; null without one. */
  readonly validToMs: number | null
  /** SHA-256 of its certificate, `AB:CD:…`; null without one. */
  readonly fingerprint: string | null
  /** Looks for a new certificate now. */
  reloadCertificate(): void
  /** Stops listening, closes what is open, and after `closeWithinMs` cuts what is left. */
  close(): Promise<void>
}

/** Certificate files are looked at so often, ms. */
const reloadEveryMs = 10_000

/**
 * Opens the hub's front door: WebSockets on `/` and `/ws`, and on plain HTTP events, the API and health; with a
 * certificate all of it is encrypted.
 * @throws RTB_HUB_PORT_IN_USE RTB_HUB_PORT_DENIED RTB_HUB_ADDRESS RTB_TLS_*
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { limits, hub, onError, audit, hostname, tls, health, metrics } = options
  const now = () => performance.now()
  const door = new Door({ limits, hostname, isEncrypted: tls !== null, audit, now })
  const ways = createWaysIn(options.ways)
  const { closeWithinMs } = limits
  const counted = { ...ways, identify: countRefusals(ways.identify, door) }
  const routes = createRequestRoutes({ hub, ways: counted, health, metrics, closeWithinMs, onError })
  const guard = door.check.bind(door)
  const answer = createRequestRouter({ routes, guard, onError })
  const { server, reload } = createAnsweringServer(options, door, answer)
  server.prependListener('connection', (socket: Socket) => door.enter(socket))
  const port = await listen(server, options)
  server.on('error', error => onError(error, 'http'))
  const { identify } = ways
  const webSockets = attachWebSockets(server, hub, { limits, door, identify, now, onError })
  return {
    address: addressOf(server, options.host),
    port,
    get door() {
      return door.status()
    },
    get validToMs() {
      return reload?.validToMs ?? null
    },
    get fingerprint() {
      return reload?.fingerprint ?? null
    },
    reloadCertificate: () => reload?.check(),
    close: () => {
      routes.close()
      reload?.close()
      return closeServer(server, { webSockets, door, withinMs: closeWithinMs })
    },
  }
}

/** Who shows nothing good over plain HTTP is refused like one that opens a WebSocket. */
function countRefusals(identify: Identify, door: Door): Identify {
  return async shown => {
    try {
      return await identify(shown)
    } catch (error) {
      if (error instanceof RtbridgeError && error.actor !== 'rtbridge') door.count(error.code)
      throw error
    }
  }
}

function addressOf(server: Server, host: string): string {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.address : host
}

function createAnsweringServer(
  options: HttpServerOptions,
  door: Door,
  answer: RequestListener,
): { server: Server; reload: TlsReload | null } {
  const { limits, tls, onCertificate, onError } = options
  const { handshakeMs } = limits
  const http = {
    headersTimeout: handshakeMs,
    requestTimeout: handshakeMs,
    connectionsCheckingInterval: Math.max(100, handshakeMs / 4),
    maxHeaderSize: limits.headerBytes,
    noDelay: true,
  }
  if (tls === null)
    return { server: answerClientErrors(createServer(http, answer), limits, door), reload: null }
  const identity = readTlsIdentity(tls, Date.now())
  const onPlain = () => door.count('RTB_TLS_EXPECTED')
  const server = createTlsServer({ ...http, tls, identity, handshakeMs, onPlain }, answer)
  const reload = startTlsReload(server, {
    tls,
    identity,
    everyMs: reloadEveryMs,
    onRenewed: onCertificate,
    onRefused: error => onError(error, 'tls'),
  })
  return { server: answerClientErrors(server, limits, door), reload }
}

/** What never became a request is answered, too. */
function answerClientErrors(server: Server, limits: HttpLimits, door: Door): Server {
  return server.on('clientError', (failure: NodeJS.ErrnoException, stream) => {
    const error = clientError(failure.code, limits)
    door.count(error.code)
    if (!stream.writable) stream.destroy()
    else stream.end(answerText(refusalAnswer(error)), () => stream.destroy())
  })
}

function clientError(code: string | undefined, { handshakeMs, headerBytes }: HttpLimits): RtbridgeError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return rtbridgeError('RTB_REQUEST_TIMEOUT', { limitMs: handshakeMs })
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return rtbridgeError('RTB_REQUEST_HEAD_TOO_LARGE', { limit: headerBytes })
  }
  return rtbridgeError('RTB_REQUEST_MALFORMED', {})
}

async function closeServer(
  server: Server,
  open: { webSockets: WebSockets; door: Door; withinMs: number },
): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  open.webSockets.close()
  server.closeIdleConnections()
  const cut = setTimeout(() => {
    for (const socket of open.door.sockets) socket.destroy()
  }, open.withinMs)
  await closed
  clearTimeout(cut)
}
