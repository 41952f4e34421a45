import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Hub } from '../hub/hub.ts'
import type { Answer } from './answer.ts'
import { answerText } from './answer.ts'
import type { WebSocketLimits, WebSockets } from './attach-web-sockets.ts'
import { attachWebSockets } from './attach-web-sockets.ts'
import type { HealthReport } from './handle-request.ts'
import { listen } from './listen.ts'
import { errorAnswer } from './problem.ts'
import { createRequestRoutes } from './request-routes.ts'
import type { RequestGuard } from './route-request.ts'
import { createRequestRouter } from './route-request.ts'
import type { WaysIn } from './ways-in.ts'
import { createWaysIn } from './ways-in.ts'

export interface HttpLimits extends WebSocketLimits {
  /** Time for the head of a request, and for a connection that sends none, milliseconds. */
  readonly handshakeMs: number
}

/** Bounds for clients in an office. */
export const defaultHttpLimits: HttpLimits = {
  maxFrameBytes: 256 * 1024,
  heartbeatMs: 15_000,
  handshakeMs: 10_000,
  closeWithinMs: 2_000,
}

export interface HttpServerOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly hub: Hub
  /** Asked for each `/readyz` and `/health`. */
  readonly health: () => HealthReport
  readonly limits: HttpLimits
  /** Looks at every plain request first; default: all may go on. */
  readonly guard?: RequestGuard
  /** Who may do what over plain HTTP; what is missing has its default. */
  readonly ways?: Partial<WaysIn>
  /** Hears of what failed in the server itself. */
  readonly onError: (error: unknown, part: string) => void
}

export interface HttpServer {
  /** The port it listens on. */
  readonly port: number
  /** Stops listening, closes what is open, and after `closeWithinMs` cuts what is left. */
  close(): Promise<void>
}

/**
 * Opens the hub's front door: WebSockets on `/` and `/ws`, and on plain HTTP events, the API and health.
 * @throws RTB_HUB_PORT_IN_USE RTB_HUB_PORT_DENIED RTB_HUB_ADDRESS
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { limits, hub, onError } = options
  const ways = createWaysIn(hub, options.ways)
  const { health } = options
  const routes = createRequestRoutes({ hub, ways, health, closeWithinMs: limits.closeWithinMs, onError })
  const guard = options.guard ?? (() => null)
  const answer = createRequestRouter({ routes, guard, corsOrigins: ways.corsOrigins, onError })
  const server = createAnsweringServer(limits, answer)
  const sockets = trackSockets(server)
  const port = await listen(server, options)
  server.on('error', error => onError(error, 'http'))
  const webSockets = attachWebSockets(server, hub, { limits, onError })
  return {
    port,
    close: () => {
      routes.close()
      return closeServer(server, { webSockets, sockets, withinMs: limits.closeWithinMs })
    },
  }
}

function createAnsweringServer(limits: HttpLimits, answer: RequestListener): Server {
  const timeouts = {
    headersTimeout: limits.handshakeMs,
    requestTimeout: limits.handshakeMs,
    connectionsCheckingInterval: Math.max(100, limits.handshakeMs / 4),
    maxHeaderSize: 16 * 1024,
    noDelay: true,
  }
  const server = createServer(timeouts, answer)
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    if (!stream.writable) stream.destroy()
    else stream.end(answerText(clientErrorAnswer(error.code)), () => stream.destroy())
  })
  return server
}

function clientErrorAnswer(code: string | undefined): Answer {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return errorAnswer(rtbridgeError('RTB_HTTP_SLOW', {}))
  if (code === 'HPE_HEADER_OVERFLOW') return errorAnswer(rtbridgeError('RTB_HTTP_HEAD_SIZE', {}))
  return errorAnswer(rtbridgeError('RTB_HTTP_MALFORMED', {}))
}

/** Every connection, upgraded or not, so that closing can cut those that do not finish. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

async function closeServer(
  server: Server,
  open: { webSockets: WebSockets; sockets: ReadonlySet<Socket>; withinMs: number },
): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  open.webSockets.close()
  server.closeIdleConnections()
  const cut = setTimeout(() => {
    for (const socket of open.sockets) socket.destroy()
  }, open.withinMs)
  await closed
  clearTimeout(cut)
}
