import type { Config } from '../config/config.ts'

/** Where programs of this machine reach the hub: an address that means "all of them" is not one to connect to. */
export function hubAddress({ hub }: Pick<Config, 'hub'>): string {
  const host = hub.host === '0.0.0.0' ? '127.0.0.1' : hub.host === '::' ? '::1' : hub.host
  return `${host.includes(':') ? `[${host}]` : host}:${hub.port}`
}
