import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ranges from which Linux (32768) and macOS (49152) take the local ports of outgoing connections: a
 * port from here stays ours while the server restarts.
 */
const range = { from: 20_000, to: 32_000 }

/** A port of 127.0.0.1 that nobody listens on at this moment. The caller must be ready to lose the race for it. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(range.from, range.to)
    if (await isPortFree(port)) return port
  }
}

/** True when nobody listens on this port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
