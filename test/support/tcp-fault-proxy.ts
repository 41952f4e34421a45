import { type AddressInfo, createServer, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * What happens to bytes, in both directions, from now on:
 * `pass`; `delay` each by some ms; `blackhole`: connections are accepted and stay open, nothing arrives; `hold`: the same,
 * but it arrives later, with the next mode.
 */
export type ProxyMode =
  | { readonly kind: 'pass' | 'blackhole' | 'hold' }
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
  /** Pieces that are held. */
  readonly held: number
  /** Pieces that a delay holds at the moment. */
  readonly delayed: number
  /** Applies to open connections too. What a blackhole swallowed is lost: set `pass` and cut what is open. */
  setMode(mode: ProxyMode): void
  /**
   * What is open now swallows everything for ever, whatever the mode: a firewall that forgot it.
   * @param clientPort only the connection that the server sees coming from this port
   */
  abandon(clientPort?: number): void
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
  const abandoned = new WeakSet<Socket>()
  let held: (() => void)[] = []
  const lines = new Set<DelayLine>()
  let mode: ProxyMode = { kind: 'pass' }
  let swallowedBytes = 0

  const forward = (from: Socket, to: Socket) => {
    const line = new DelayLine()
    lines.add(line)
    from.on('close', () => {
      line.close()
      lines.delete(line)
    })
    from.on('data', data => {
      if (mode.kind === 'blackhole' || abandoned.has(from)) {
        swallowedBytes += data.length
        return
      }
      if (mode.kind === 'hold') {
        held.push(() => void (to.writable && to.write(data)))
        return
      }
      line.push(mode.kind === 'delay' ? mode.ms : 0, () => {
        if (!to.writable || to.write(data)) return
        // Who reads slowly behind the proxy is slow for the sender, too.
        from.pause()
        to.once('drain', () => from.resume())
      })
    })
    from.on('end', () => {
      if (mode.kind === 'hold') held.push(() => void to.end())
      else if (mode.kind !== 'blackhole') line.push(mode.kind === 'delay' ? mode.ms : 0, () => void to.end())
    })
  }
  const server = createServer({ allowHalfOpen: true }, near => {
    const far = new Socket({ allowHalfOpen: true })
    const reach = () => void (far.destroyed || far.connect(target))
    if (mode.kind === 'hold') held.push(reach)
    else reach()
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
    for (const line of lines) line.close()
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
    get held() {
      return held.length
    },
    get delayed() {
      return [...lines].reduce((sum, line) => sum + line.length, 0)
    },
    setMode: next => {
      mode = next
      const released = held
      held = []
      for (const release of released) release()
    },
    abandon: clientPort => {
      held = []
      for (const { near, far } of pairs) {
        if (clientPort !== undefined && far.localPort !== clientPort) continue
        abandoned.add(near)
        abandoned.add(far)
      }
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

/** Does things later, in the order in which they were given, whatever the delay of each. */
class DelayLine {
  readonly #waiting: { readonly due: number; readonly work: () => void }[] = []
  #timer: NodeJS.Timeout | undefined

  get length(): number {
    return this.#waiting.length
  }

  push(delayMs: number, work: () => void): void {
    if (delayMs === 0 && this.#waiting.length === 0) {
      work()
      return
    }
    this.#waiting.push({ due: performance.now() + delayMs, work })
    if (this.#waiting.length === 1) this.#schedule()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting.length = 0
  }

  #schedule(): void {
    const next = this.#waiting[0]
    if (next === undefined) return
    this.#timer = setTimeout(() => {
      this.#waiting.shift()
      next.work()
      this.#schedule()
    }, next.due - performance.now())
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
