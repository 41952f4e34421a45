import type { FetchLike } from '../api/platform-types.ts'
import type { OpenLink } from '../connection/link.ts'
import { SseLink } from './sse-link.ts'

/**
 * Opens links that read server-sent events and send by HTTP. `fetch`, because an `EventSource` cannot send a token but in
 * the URL.
 * @param parse reads JSON
 */
export function sseTransport(fetch: FetchLike, parse: (text: string) => unknown): OpenLink {
  return (url, listener) => {
    const base = new URL(url)
    base.protocol = base.protocol.replace('ws', 'http')
    // Where the hub is behind a prefix, its other paths are behind it, too; `/ws` is one of them.
    base.pathname = base.pathname.replace(/(\/ws)?\/?$/, '/')
    const link = new SseLink({ fetch, parse, base, listener })
    // As a socket's, its opening is heard of by who has the link already.
    queueMicrotask(() => link.isOver || listener.opened())
    return link
  }
}
