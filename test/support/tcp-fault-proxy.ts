import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * What happens to bytes, in both directions, from now on:
 * `pass`; `delay` each by some ms; `blackhole`: connections are accepted and stay open, nothing arrives.
 */
export type ProxyMode =
  | { readonly kind: 'pass' | 'blackhole' }
  | { readonly kind: 'delay'; readonly ms: number }

/** A TCP server's address. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** A TCP proxy that misbehaves when told to: the network between rtbridge and what it talks to. */
export interface TcpFaultProxy {
  readonly port: number
  /** Connections through it at the moment. */
  readonly connections: number
  /** What a blackhole has taken so far. */
  readonly swallowedBytes: number
  /** Applies to open connections too. What a blackhole swallowed is lost: set `pass` and cut what is open. */
  setMode(mode: ProxyMode): void
  /** Ends every connection with a RST, as a crashed machine or an impatient firewall does. */
  reset(): void
  /** Ends the server's half of every connection: the client reads the end, the server learns nothing. */
  halfClose(): void
}

/**
 * Opens a proxy on loopback before a server. Closed after the test.
 * @param target where the server is
 */
export async function openTcpFaultProxy(target: Address): Promise<TcpFaultProxy> {
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>()
  const timers = new Set<NodeJS.Timeout>()
  let mode: ProxyMode = { kind: 'pass' }
  let swallowedBytes = 0

  const after = (ms: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, ms)
    timers.add(timer)
  }
  const forward = (from: Socket, to: Socket) => {
    from.on('data', data => {
      if (mode.kind === 'blackhole') {
        swallowedBytes += data.length
        return
      }
      // The latest mode is asked for each piece, so pieces may not overtake: a delay is set once, not varied.
      if (mode.kind === 'delay') after(mode.ms, () => void (to.writable && to.write(data)))
      else if (to.writable) to.write(data)
    })
    from.on('end', () => {
      if (mode.kind !== 'blackhole') to.end()
    })
  }
  const server = createServer({ allowHalfOpen: true }, near => {
    const far = connect({ ...target, allowHalfOpen: true })
    const pair = { near, far }
    pairs.add(pair)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      // A broken connection is what this is for.
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
    forward(near, far)
    forward(far, near)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const timer of timers) clearTimeout(timer)
    for (const { near, far } of pairs) {
      near.destroy()
      far.destroy()
    }
    await new Promise(resolve => server.close(resolve))
  })
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size
    },
    get swallowedBytes() {
      return swallowedBytes
    },
    setMode: next => {
      mode = next
    },
    reset: () => {
      for (const { near, far } of pairs) {
        near.resetAndDestroy()
        far.resetAndDestroy()
      }
    },
    halfClose: () => {
      for (const { near } of pairs) near.end()
    },
  }
}

/** The same database, reached through the proxy. */
export function throughProxy(url: string, proxy: TcpFaultProxy): string {
  const changed = new URL(url)
  changed.hostname = '127.0.0.1'
  changed.port = String(proxy.port)
  return changed.href
}

/** Where a database URL points to. */
export function addressOf(url: string): Address {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port || 5432) }
}
