import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'

/** What a program that connects to a hub goes by. */
export interface HubTrust {
  /** PEM of the authority whose certificates are trusted; missing = those of the system. */
  readonly ca?: string | undefined
  /** The name that the certificate has to be for; missing = that of the URL. */
  readonly name?: string | undefined
  /** The `Host` header; missing = that of the URL. */
  readonly host?: string | undefined
}

/** A health document is small; what is longer comes from another program, bytes. */
const longestAnswer = 4 * 1024 * 1024

/** As the clients of Node take it. */
export function clientTlsOptions({ ca, name }: HubTrust): { ca?: string; servername?: string } {
  return { ...(ca === undefined ? {} : { ca }), ...(name === undefined ? {} : { servername: name }) }
}

export interface FetchOptions {
  readonly trust: HubTrust
  readonly timeoutMs: number
  /** A key or token; default none. */
  readonly token?: string | null
  /** Sent as JSON with POST; default: GET. */
  readonly body?: object
}

/**
 * Asks a hub for a JSON document, which may tell of a problem.
 * @param url `http://…` or `https://…`
 * @throws the error of the system, of TLS or of JSON
 */
export function fetchJson(
  url: string,
  { trust, timeoutMs, token = null, body }: FetchOptions,
): Promise<unknown> {
  const request = url.startsWith('https:') ? requestTls : requestPlain
  const headers = {
    ...(trust.host === undefined ? {} : { host: trust.host }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    ...clientTlsOptions(trust),
    headers,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, options, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.length > longestAnswer) answer.destroy(new Error('the answer is too long'))
      })
      answer.on('error', reject)
      answer.on('end', () => {
        try {
          resolve(JSON.parse(text))
        } catch (error) {
          reject(error)
        }
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
