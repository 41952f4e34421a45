import type { AuthSettings } from '../domain/auth-settings.ts'
import type { Config } from './config.ts'

const mask = '***'

/**
 * A database URL without its password, for people and logs. What cannot be read as an URL is hidden altogether: a
 * password could stand anywhere in it.
 */
export function redactUrl(url: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return /password/i.test(url) || url.includes('@') ? mask : url
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:/?#@]*):.*@/i, `$1:${mask}@`)
    .replace(/([?&](?:password|sslpassword|passfile)=)[^&#]*/gi, `$1${mask}`)
}

/** The configuration with every secret hidden. */
export function redactConfig(config: Config): Config {
  const { database, bus, auth } = config
  const hide = (url: string | null) => (url === null ? null : redactUrl(url))
  return {
    ...config,
    database: { ...database, url: hide(database.url) },
    bus: { ...bus, url: hide(bus.url) },
    auth: redactAuth(auth),
  }
}

/** Hashes of keys are no secrets, and nobody needs to see them either. */
function redactAuth(auth: AuthSettings): AuthSettings {
  const { keys, jwt } = auth
  const hidden = keys.map(key => ({ ...key, hash: `sha256:${mask}` }))
  if (jwt?.source.kind !== 'secret') return { ...auth, keys: hidden }
  return { ...auth, keys: hidden, jwt: { ...jwt, source: { ...jwt.source, secret: mask } } }
}
