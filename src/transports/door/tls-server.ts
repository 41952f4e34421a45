import type { IncomingMessage, RequestListener, Server, ServerOptions } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { answerText } from '../answer.ts'
import { refusalAnswer } from '../problem.ts'
import type { TlsFiles, TlsIdentity } from './tls-identity.ts'
import { readTlsIdentity } from './tls-identity.ts'

export interface TlsOptions extends TlsFiles {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
}

export interface TlsServerOptions extends ServerOptions {
  readonly tls: TlsOptions
  readonly identity: TlsIdentity
  /** Time for a TLS handshake, and for its first byte, milliseconds. */
  readonly handshakeMs: number
  /** A client that speaks plain HTTP was answered. */
  readonly onPlain: () => void
}

/** The first byte of every TLS connection: a handshake record. RFC 8446 section 5.1. */
const handshakeRecord = 0x16

/**
 * An HTTPS server. Who speaks plain HTTP to it is told so, in plain HTTP.
 * @param listener answers requests
 */
export function createTlsServer(
  { tls, identity, handshakeMs, onPlain, ...http }: TlsServerOptions,
  listener: RequestListener<typeof IncomingMessage>,
): HttpsServer {
  const { cert, key } = identity
  const options = { ...http, cert, key, minVersion: tls.minVersion, handshakeTimeout: handshakeMs }
  const server = createHttpsServer(options, listener)
  // A handshake that fails has its connection ended by Node itself.
  server.on('tlsClientError', (_, socket) => socket.destroy())
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  const startTls = (socket: Socket) => {
    for (const start of listeners) start.call(server, socket)
  }
  server.on('connection', (socket: Socket) => sortOut(socket, { handshakeMs, startTls, onPlain }))
  return server
}

/** Looks at the first byte before TLS does. */
function sortOut(
  socket: Socket,
  options: { handshakeMs: number; startTls: (socket: Socket) => void; onPlain: () => void },
): void {
  const failed = () => socket.destroy()
  socket.on('error', failed)
  socket.setTimeout(options.handshakeMs, failed)
  socket.once('data', (first: Buffer) => {
    socket.pause()
    socket.setTimeout(0, failed)
    socket.off('timeout', failed)
    if (first[0] !== handshakeRecord) {
      options.onPlain()
      socket.end(answerText(refusalAnswer(rtbridgeError('RTB_TLS_EXPECTED', {}))), failed)
      return
    }
    socket.off('error', failed)
    socket.unshift(first)
    options.startTls(socket)
  })
}

/** Takes a new certificate into use when its files have changed. */
export interface TlsReload {
  /** Looks now. */
  check(): void
  /** End of validity of the certificate in use, milliseconds since 1970. */
  readonly validToMs: number
  /** SHA-256 of the certificate in use. */
  readonly fingerprint: string
  close(): void
}

export interface TlsReloadOptions {
  readonly tls: TlsOptions
  readonly identity: TlsIdentity
  /** Pause between two looks, milliseconds. */
  readonly everyMs: number
  /** A new certificate is in use. */
  readonly onRenewed: (validToMs: number) => void
  /** New files were refused, and the old certificate stays; called once for each kind of trouble. */
  readonly onRefused: (error: unknown) => void
}

/** Looks at the files at intervals: they may be links, on a network, or written one after the other. */
export function startTlsReload(server: Server, options: TlsReloadOptions): TlsReload {
  const { tls, everyMs, onRenewed, onRefused } = options
  let { identity } = options
  let trouble = ''
  const check = () => {
    try {
      const found = readTlsIdentity(tls, Date.now())
      trouble = ''
      if (found.cert === identity.cert && found.key === identity.key) return
      const { cert, key } = found
      ;(server as HttpsServer).setSecureContext({ cert, key, minVersion: tls.minVersion })
      identity = found
      onRenewed(found.validToMs)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message !== trouble) onRefused(error)
      trouble = message
    }
  }
  const timer = setInterval(check, everyMs)
  timer.unref()
  return {
    check,
    get validToMs() {
      return identity.validToMs
    },
    get fingerprint() {
      return identity.fingerprint
    },
    close: () => clearInterval(timer),
  }
}
