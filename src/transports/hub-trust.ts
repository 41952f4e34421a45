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

/**
 * Asks a hub for a JSON document.
 * @param url `http://…` or `https://…`
 * @param token shown to the hub; null = none
 * @throws the error of the system, of TLS or of JSON
 */
export function fetchJson(
  url: string,
  {
    trust,
    timeoutMs,
    token = null,
  }: { readonly trust: HubTrust; readonly timeoutMs: number; readonly token?: string | null },
): Promise<unknown> {
  const request = url.startsWith('https:') ? requestTls : requestPlain
  const headers = {
    ...(trust.host === undefined ? {} : { host: trust.host }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  }
  const options = {
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
    sent.end()
  })
}
