import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { HubTrust } from '../transports/hub-trust.ts'

/** Where programs of this machine reach the hub: an address that means "all of them" is not one to connect to. */
export function hubAddress({ hub }: Pick<Config, 'hub'>): string {
  const host = hub.host === '0.0.0.0' ? '127.0.0.1' : hub.host === '::' ? '::1' : hub.host
  return `${host.includes(':') ? `[${host}]` : host}:${hub.port}`
}

/** How a command speaks to a hub. */
export interface HubEndpoint {
  /** `host:port`, for people. */
  readonly address: string
  /** `ws://…` or `wss://…` */
  readonly webSocketUrl: string
  /** `http://…` or `https://…` */
  readonly httpUrl: string
  readonly trust: HubTrust
}

export interface EndpointOptions {
  /** Relative paths start here. */
  readonly cwd: string
  /** A file with the authority to trust, instead of that of the configuration. */
  readonly ca?: string | undefined
}

/**
 * The hub of a configuration, as it is reached from this machine. A certificate that is for names only is checked
 * against one of its names, since the hub is called by an address here.
 * @throws RTB_TLS_UNREADABLE
 */
export function hubEndpoint(config: Config, options: EndpointOptions): HubEndpoint {
  const address = hubAddress(config)
  const isEncrypted = config.tls.certFile !== null
  const scheme = isEncrypted ? 's' : ''
  return {
    address,
    webSocketUrl: `ws${scheme}://${address}`,
    httpUrl: `http${scheme}://${address}`,
    trust: {
      ...hubTrust(config, options),
      ...(isEncrypted ? { name: certifiedName(config, options) } : {}),
      host: hostHeader(config),
    },
  }
}

/** What is trusted when a hub is named by its URL. @throws RTB_TLS_UNREADABLE */
export function hubTrust({ tls }: Pick<Config, 'tls'>, { cwd, ca }: EndpointOptions): HubTrust {
  const named = ca ?? tls.caFile
  if (named !== null) return { ca: readRequired(resolve(cwd, named)) }
  if (tls.certFile === null) return {}
  const beside = readIfThere(join(dirname(resolve(cwd, tls.certFile)), 'ca.crt'))
  return beside === null ? {} : { ca: beside }
}

/** A hub that knows exact names only would not know the address. */
function hostHeader({ hub }: Config): string | undefined {
  const words = ['address', 'any', 'localhost', 'hostname']
  if (hub.allowHosts.includes('address') || hub.allowHosts.includes('any')) return undefined
  return hub.allowHosts.find(name => !words.includes(name)) ?? 'localhost'
}

function certifiedName(config: Config, { cwd }: EndpointOptions): string | undefined {
  const text = config.tls.certFile === null ? null : readIfThere(resolve(cwd, config.tls.certFile))
  if (text === null) return undefined
  try {
    const certificate = new X509Certificate(text)
    const host = hubAddress(config)
      .replace(/:\d+$/, '')
      .replace(/^\[|\]$/g, '')
    if (certificate.checkIP(host) !== undefined || certificate.checkHost(host) !== undefined) return undefined
    const name = /DNS:([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1]
    return name?.replace(/^\*/, 'rtbridge')
  } catch {
    // The connection says what is wrong with it.
    return undefined
  }
}

function readRequired(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw rtbridgeError('RTB_TLS_UNREADABLE', { path, problem: code ?? message }, error)
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
