import { hostname } from 'node:os'
import type { Config } from '../config/config.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { HubLimits } from '../hub/limits.ts'
import { defaultLimits } from '../hub/limits.ts'
import type { Logger } from '../logging.ts'
import type { DaemonStatus } from '../operations/daemon-status.ts'
import { judgeValidity } from '../transports/door/tls-identity.ts'
import type { TlsOptions } from '../transports/door/tls-server.ts'
import {
  type HttpLimits,
  type HttpServer,
  type HttpServerOptions,
  openHttpServer,
} from '../transports/http-server.ts'
import type { WaysIn } from '../transports/ways-in.ts'

/** How long a polite close of a connection may take, ms. */
const closeWithinMs = 2_000

export interface FrontDoorOptions extends Pick<HttpServerOptions, 'hub' | 'metrics' | 'audit' | 'onError'> {
  readonly ways: Partial<WaysIn>
  readonly config: Config
  readonly logger: Logger
  readonly status: () => DaemonStatus
  /** Another certificate is in use. */
  readonly onCertificate: () => void
}

/**
 * Lets clients in where the configuration says, and says in the log what there is to say of the certificate.
 * @throws RTB_HUB_PORT_IN_USE, RTB_HUB_PORT_DENIED, RTB_HUB_ADDRESS, RTB_TLS_*
 */
export async function openFrontDoor(options: FrontDoorOptions): Promise<HttpServer> {
  const { config, logger, status, onCertificate, hub, metrics, ways, audit, onError } = options
  const log = logger.child({ part: 'tls' })
  const { host, port } = config.hub
  const server = await openHttpServer({
    host,
    port,
    hostname: hostname(),
    limits: httpLimits(config),
    tls: tlsOptions(config),
    hub,
    health: () => {
      const body = status()
      return { ready: body.state === 'live', body }
    },
    metrics,
    ways,
    audit,
    onCertificate: validToMs => {
      log.info({ valid_to: new Date(validToMs) }, 'a new certificate is in use')
      onCertificate()
    },
    onError,
  })
  const expiring = certificateProblem(config, server)
  if (expiring !== null) log.warn({ err: expiring }, 'the certificate ends soon')
  return server
}

/** What bounds the door. */
export function httpLimits({ hub, limits }: Config): HttpLimits {
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
