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
  const { database, bus } = config
  const hide = (url: string | null) => (url === null ? null : redactUrl(url))
  return {
    ...config,
    database: { ...database, url: hide(database.url) },
    bus: { ...bus, url: hide(bus.url) },
  }
}
