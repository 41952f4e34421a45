import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestServer, TestServerAddress } from './test-server.ts'
import { openTestServer } from './test-server.ts'

/** Starts servers for the workers: each one when the first test asks for it, once per run. */
export interface ServerBroker {
  /** Where {@link requestServer} asks. */
  readonly port: number
  /** Stops every server it started. */
  close(): Promise<void>
}

/** Opens the broker on loopback; workers are other processes, so they ask by HTTP. */
export async function openServerBroker(): Promise<ServerBroker> {
  const servers = new Map<string, Promise<TestServer>>()
  const http = createServer(async (request, response) => {
    const key = request.url?.slice(1) ?? 'default'
    const server = servers.get(key) ?? openTestServer(key === 'default' ? null : Number(key))
    servers.set(key, server)
    const [status, body] = await server.then(
      ({ close: _, ...address }) => [200, address] as const,
      (error: unknown) => [500, { reason: String(error) }] as const,
    )
    response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  return {
    port: (http.address() as AddressInfo).port,
    close: async () => {
      http.close()
      const opened = await Promise.allSettled(servers.values())
      await Promise.all(opened.map(result => (result.status === 'fulfilled' ? result.value.close() : null)))
    },
  }
}

/**
 * Asks the broker of this run for a server.
 *
 * @param major null = the default server
 */
export function requestServer(brokerPort: number, major: number | null): Promise<TestServerAddress> {
  return new Promise((resolve, reject) => {
    const request = get({ port: brokerPort, host: '127.0.0.1', path: `/${major ?? 'default'}`, agent: false })
    request.once('error', reject).once('response', async response => {
      const body = JSON.parse((await response.setEncoding('utf8').toArray()).join(''))
      if (response.statusCode === 200) resolve(body as TestServerAddress)
      else reject(new Error(`the test server did not start: ${body.reason}`))
    })
  })
}
