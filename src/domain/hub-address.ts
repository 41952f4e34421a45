/** Where clients find a hub. */
export interface HubAddress {
  readonly hubId: string
  /** `ws://host:port/` or `wss://host:port/` */
  readonly url: string
}

/** Longest URL of a hub, characters. */
export const maxHubUrlLength = 200

const schemes: Readonly<Record<string, string>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
}

/**
 * The URL of a hub in the one form in which it is told to others; `http` and `https` become `ws` and `wss`.
 * @returns null when it is none: another scheme, a name and password, a query or a fragment, or longer than
 *   {@link maxHubUrlLength}
 */
export function readHubUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const { protocol, username, password, host, pathname, search, hash } = new URL(text)
  const scheme = schemes[protocol]
  if (scheme === undefined || host === '') return null
  if (`${username}${password}${search}${hash}` !== '' || /[?#]/.test(text)) return null
  // A port that is the default one of `https` is that of `wss`, too.
  const url = `${scheme}//${host}${pathname}`
  return url.length > maxHubUrlLength ? null : url
}

/** True for a URL that leads to the machine of whoever uses it. */
export function isLoopbackUrl(url: string): boolean {
  const { hostname } = new URL(url)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}
