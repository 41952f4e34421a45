import type { IncomingMessage, ServerResponse } from 'node:http'
import { pathOf } from '../handle-request.ts'
import type { PageFile } from './read-page-files.ts'

/** Where the page is. */
export const pagePath = '/dashboard'

/**
 * Nothing but what the hub itself serves, and nobody may show the page inside another one.
 * @see https://www.w3.org/TR/CSP3/
 */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const headers = {
  'content-security-policy': pagePolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

/** Hashed names never mean anything else; the rest is asked for anew each time. */
const caching = { hashed: 'public, max-age=31536000, immutable', other: 'no-cache' }

/**
 * Answers requests for the page of the admins. A browser that opens `/` is led there.
 * @param files by their path below `/dashboard/`
 * @returns false when the request is for something else
 */
export function createPage(
  files: ReadonlyMap<string, PageFile>,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const path = pathOf(request)
    if (path === '/' && files.has('index.html') && wantsPage(request)) {
      response.writeHead(302, { location: pagePath, 'cache-control': 'no-store', vary: 'accept' }).end()
      return true
    }
    const file = files.get(fileOf(path))
    if (file === undefined) return false
    sendFile(file, request, response)
    return true
  }
}

/** Browsers ask for `text/html` when somebody opens an address; programs do not. */
function wantsPage({ headers: { accept = '' } }: IncomingMessage): boolean {
  return accept.split(',').some(entry => entry.trim().startsWith('text/html'))
}

function fileOf(path: string): string {
  if (path === pagePath || path === `${pagePath}/`) return 'index.html'
  return path.startsWith(`${pagePath}/`) ? path.slice(pagePath.length + 1) : ''
}

function sendFile(file: PageFile, request: IncomingMessage, response: ServerResponse): void {
  const isCompressed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = isCompressed ? file.compressed() : file.body
  response.writeHead(200, {
    ...headers,
    'content-type': file.type,
    'content-length': body.length,
    'cache-control': file.isHashed ? caching.hashed : caching.other,
    vary: 'accept-encoding, origin',
    ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
