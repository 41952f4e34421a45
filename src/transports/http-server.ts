import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Hub } from '../hub/hub.ts'
import type { Answer } from './answer.ts'
import { answerText, problemAnswer, sendAnswer } from './answer.ts'
import type { WebSocketLimits, WebSockets } from './attach-web-sockets.ts'
import { attachWebSockets } from './attach-web-sockets.ts'
import type { HealthReport } from './handle-request.ts'
import { handleRequest } from './handle-request.ts'
import { listen } from './listen.ts'

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
 * Opens the hub's front door: WebSockets on `/` and `/ws`, health on plain HTTP.
 * @throws RTB_HUB_PORT_IN_USE RTB_HUB_PORT_DENIED RTB_HUB_ADDRESS
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { limits, hub, onError } = options
  const server = createAnsweringServer(options)
  const sockets = trackSockets(server)
  const port = await listen(server, options)
  server.on('error', error => onError(error, 'http'))
  const webSockets = attachWebSockets(server, hub, { limits, onError })
  return { port, close: () => closeServer(server, { webSockets, sockets, withinMs: limits.closeWithinMs }) }
}

function createAnsweringServer({ health, limits, onError }: HttpServerOptions): Server {
  const timeouts = {
    headersTimeout: limits.handshakeMs,
    requestTimeout: limits.handshakeMs,
    connectionsCheckingInterval: Math.max(100, limits.handshakeMs / 4),
    maxHeaderSize: 16 * 1024,
    noDelay: true,
  }
  const server = createServer(timeouts, (request, response) => {
    const answer = answerOrProblem(() => handleRequest(request, health), onError)
    sendAnswer(response, answer, request.method === 'HEAD')
  })
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    if (!stream.writable) stream.destroy()
    else stream.end(answerText(clientErrorAnswer(error.code)), () => stream.destroy())
  })
  return server
}

function clientErrorAnswer(code: string | undefined): Answer {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problemAnswer(408, 'the request took too long to arrive')
  if (code === 'HPE_HEADER_OVERFLOW') return problemAnswer(431, 'the head of the request is too long')
  return problemAnswer(400, 'this is not a request of HTTP')
}

function answerOrProblem(answer: () => Answer, onError: HttpServerOptions['onError']): Answer {
  try {
    return answer()
  } catch (error) {
    onError(error, 'http')
    return problemAnswer(500, 'something unexpected happened')
  }
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
