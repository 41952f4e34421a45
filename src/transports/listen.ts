import { createServer, type Server } from 'node:http'
import { rtbridgeError } from '../domain/errors/registry.ts'

/**
 * Starts listening.
 * @returns the port, which the system chose when 0 was asked for
 * @throws RTB_HUB_PORT_IN_USE RTB_HUB_PORT_DENIED RTB_HUB_ADDRESS
 */
export function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port))
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number) {
  if (error.code === 'EADDRINUSE') return rtbridgeError('RTB_HUB_PORT_IN_USE', { host, port }, error)
  if (error.code === 'EACCES') return rtbridgeError('RTB_HUB_PORT_DENIED', { host, port }, error)
  return rtbridgeError('RTB_HUB_ADDRESS', { host, port, problem: error.code ?? error.message }, error)
}

/**
 * Whether a hub could listen there: it does so for a moment.
 * @throws RTB_HUB_PORT_IN_USE RTB_HUB_PORT_DENIED RTB_HUB_ADDRESS
 */
export async function tryToListen(address: { host: string; port: number }): Promise<void> {
  const server = createServer()
  await listen(server, address)
  await new Promise(resolve => server.close(resolve))
}
