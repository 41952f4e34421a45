import { hostname } from 'node:os'
import type { Config } from './config/config.ts'
import { rtbridgeError } from './domain/errors/registry.ts'
import type { HubLimits } from './hub/limits.ts'
import { defaultLimits } from './hub/limits.ts'
import { judgeValidity } from './transports/door/tls-identity.ts'
import type { TlsOptions } from './transports/door/tls-server.ts'
import type { HttpLimits, HttpServer, HttpServerOptions } from './transports/http-server.ts'

/** How long a polite close of a connection may take, ms. */
const closeWithinMs = 2_000

/**
 * Where a hub listens, and what it lets in, from its configuration.
 * @throws RTB_TLS_INCOMPLETE
 */
export function frontDoorOptions(
  config: Config,
): Pick<HttpServerOptions, 'host' | 'port' | 'hostname' | 'limits' | 'tls'> {
  const { host, port } = config.hub
  return { host, port, hostname: hostname(), limits: httpLimits(config), tls: tlsOptions(config) }
}

function httpLimits({ hub, limits }: Config): HttpLimits {
  return {
    ...limits,
    ...hub,
    maxFrameBytes: hub.maxMessageBytes,
    maxFragments: limits.fragments,
    handshakeMs: limits.handshakeTimeoutMs,
    closeWithinMs,
  }
}

/** What bounds the hub behind the door. */
export function hubLimits({ hub, limits }: Config): HubLimits {
  return {
    ...defaultLimits,
    ...hub,
    maxFrameBytes: hub.maxMessageBytes,
    maxDepth: limits.depth,
    maxConnections: limits.connections,
    maxRooms: limits.rooms,
    maxWhereLength: limits.filterLength,
    whereWorkPerEvent: limits.filterWork,
    snapshots: limits.snapshots,
    snapshotsWaiting: limits.snapshotsWaiting,
  }
}

function tlsOptions({ tls }: Config): TlsOptions | null {
  const { certFile, keyFile, minVersion } = tls
  if (certFile === null && keyFile === null) return null
  if (certFile === null) throw rtbridgeError('RTB_TLS_INCOMPLETE', { missing: 'tls.cert' })
  if (keyFile === null) throw rtbridgeError('RTB_TLS_INCOMPLETE', { missing: 'tls.key' })
  return { certFile, keyFile, minVersion }
}

/** What is to be said of the certificate in use; null when all is well, or there is none. */
export function certificateProblem({ tls }: Config, server: HttpServer | null) {
  const validToMs = server?.validToMs ?? null
  return validToMs === null ? null : judgeValidity(tls.certFile ?? '', validToMs, Date.now())
}
