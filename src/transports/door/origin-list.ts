/** What a browser says of the page that asks. */
export interface OriginOfRequest {
  readonly origin: string | undefined
  readonly host: string | undefined
  /** The connection is encrypted by this hub. */
  readonly isEncrypted: boolean
}

const loopbackPage = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/

/**
 * A test for `Origin` headers. Browsers write an origin in one form only (RFC 6454 section 6.2), so texts are compared as
 * they are: what looks alike, or is written in another way, is another origin.
 *
 * @param entries exact origins, and the words `none` (no header, so no web page), `same-origin`, `loopback` (a page that
 * a program on the user's own machine serves), `any`
 */
export function createOriginList(entries: readonly string[]): (request: OriginOfRequest) => boolean {
  const words = new Set(entries)
  return request => {
    const { origin } = request
    if (words.has('any')) return true
    if (origin === undefined) return words.has('none')
    if (isWord(origin)) return false
    if (words.has(origin)) return true
    if (words.has('loopback') && loopbackPage.test(origin)) return true
    return words.has('same-origin') && isSameOrigin(request)
  }
}

function isWord(origin: string): boolean {
  return origin === 'none' || origin === 'same-origin' || origin === 'loopback' || origin === 'any'
}

/**
 * A page of this very address. Without encryption of our own a proxy may have added it, so that a page of `https` is
 * good, too; a page without encryption is never the same as a hub that has it.
 */
function isSameOrigin({ origin, host, isEncrypted }: OriginOfRequest): boolean {
  if (host === undefined) return false
  const schemes = isEncrypted ? ['https'] : ['http', 'https']
  return schemes.some(scheme => {
    const standard = scheme === 'https' ? ':443' : ':80'
    const name = host.toLowerCase()
    return origin === `${scheme}://${name.endsWith(standard) ? name.slice(0, -standard.length) : name}`
  })
}
