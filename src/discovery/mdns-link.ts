import { Server } from 'bonjour-service/dist/lib/mdns-server.js'
import { TokenBucket } from '../domain/token-bucket.ts'
import type { DnsPacket, DnsRecord } from './dns-packet.ts'

/** The part of the library's socket that is used here; it has no types of its own. */
interface MdnsSocket {
  on(event: 'ready' | 'networkInterface', listener: () => void): void
  on(event: 'error' | 'warning', listener: (error: NodeJS.ErrnoException) => void): void
  on(event: 'response', listener: (packet: DnsPacket, from: { address: string; port: number }) => void): void
  respond(packet: { answers: readonly DnsRecord[] }, done: (error?: Error | null) => void): void
  query(name: string, type: string, done: (error?: Error | null) => void): void
  destroy(done: () => void): void
}

export interface MdnsLinkOptions {
  /** IPv4 address of the interface. */
  readonly address: string
  /** An answer came, from a responder at this address. */
  readonly onResponse: (packet: DnsPacket, from: string) => void
  /** It works, or works again. */
  readonly onWorks: () => void
  /** It does not work; what is broken for good has to be closed and opened anew. */
  readonly onTrouble: (error: NodeJS.ErrnoException, isBroken: boolean) => void
}

/** Multicast DNS has this port for everything, RFC 6762. */
const mdnsPort = 5_353
/** Packets per second that are sent at most, and at once: who asks a thousand times gets a few answers. */
const packetsPerSecond = 10
const packetBurst = 30
/** An announcement is said again after these pauses, since packets get lost, ms. */
const repeatAfterMs = [1_000, 3_000]
/** Longest wait for a goodbye to leave, ms. */
const closeWithinMs = 400

/**
 * Multicast DNS on one network: a socket, what is announced there, and the answers to who asks.
 *
 * Of `bonjour-service` only the responder is used. Its `Bonjour` logs to the console and takes a foreign service back
 * when a name is taken, cannot change a TXT record, and says goodbye to the addresses of the whole machine; its
 * `Browser` keeps without a bound what it is told, and throws where no one can catch it when a name is odd.
 */
export class MdnsLink {
  readonly #options: MdnsLinkOptions
  readonly #server: Server
  readonly #socket: MdnsSocket
  readonly #bucket = new TokenBucket(packetsPerSecond, packetBurst, performance.now())
  readonly #timers = new Set<NodeJS.Timeout>()
  #records: readonly DnsRecord[] = []
  #isReady = false
  #isJoined = false
  #closing: Promise<void> | null = null

  /** Opens the socket; {@link MdnsLinkOptions} hears of what becomes of it. */
  constructor(options: MdnsLinkOptions) {
    this.#options = options
    const socketOptions = { interface: options.address, bind: '0.0.0.0', port: mdnsPort }
    this.#server = new Server(socketOptions as object, (error: Error) => this.#sent(error))
    this.#socket = this.#server.mdns as MdnsSocket
    this.#limitAnswers()
    this.#socket.on('error', error => this.#fail(error, true))
    // Packets that nobody understands come here, too; only the system's errors have a code.
    this.#socket.on('warning', error => {
      if (error.code !== undefined) this.#fail(error, false)
    })
    this.#socket.on('networkInterface', () => {
      this.#isJoined = true
    })
    this.#socket.on('ready', () => {
      this.#isReady = true
      this.#works()
    })
    // RFC 6762 section 11: answers from another port are none.
    this.#socket.on('response', (packet, { address, port }) => {
      if (this.#closing === null && port === mdnsPort) options.onResponse(packet, address)
    })
  }

  /** Announces these records instead of what was announced before, now and some seconds on. */
  announce(records: readonly DnsRecord[]): void {
    if (this.#closing !== null) return
    this.#server.unregister([...this.#records])
    this.#records = records
    this.#server.register([...records])
    this.#stopRepeating()
    this.#say(records)
    for (const pauseMs of repeatAfterMs) {
      const timer = setTimeout(() => this.#say(records), pauseMs)
      timer.unref()
      this.#timers.add(timer)
    }
  }

  /** Asks everybody for records. @param type `PTR`, `ANY` */
  ask(name: string, type: string): void {
    if (this.#closing !== null || !this.#mayTalk()) return
    this.#socket.query(name, type, error => this.#sent(error))
  }

  /**
   * Takes back what was announced, and closes the socket; within half a second, whatever happens. Never rejects.
   * @param goodbye what is said at the end
   */
  close(goodbye: readonly DnsRecord[] = []): Promise<void> {
    this.#closing ??= this.#close(goodbye)
    return this.#closing
  }

  async #close(goodbye: readonly DnsRecord[]): Promise<void> {
    this.#stopRepeating()
    this.#server.unregister([...this.#records])
    if (this.#isReady && goodbye.length > 0) {
      await within(closeWithinMs, done => this.#socket.respond({ answers: goodbye }, () => done()))
    }
    await within(closeWithinMs, done => this.#socket.destroy(done))
  }

  #stopRepeating(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #say(records: readonly DnsRecord[]): void {
    this.#socket.respond({ answers: records }, error => this.#sent(error))
  }

  /** The responder answers every question by itself; a flood of them must not become ours. */
  #limitAnswers(): void {
    const { mdns } = this.#server
    const respond = mdns.respond as (packet: object, done?: (error?: Error | null) => void) => void
    this.#server.mdns = Object.assign(Object.create(mdns), {
      respond: (packet: object, done?: (error?: Error | null) => void) => {
        if (this.#closing === null && this.#mayTalk()) respond(packet, done)
      },
    })
  }

  #mayTalk(): boolean {
    return this.#bucket.take(1, performance.now()) === 0
  }

  #sent(error?: NodeJS.ErrnoException | null): void {
    if (error) this.#fail(error, false)
    else this.#works()
  }

  #works(): void {
    if (this.#closing === null && this.#isReady && this.#isJoined) this.#options.onWorks()
  }

  #fail(error: NodeJS.ErrnoException, isBroken: boolean): void {
    if (this.#closing === null) this.#options.onTrouble(error, isBroken)
  }
}

/** Waits until `start` is done, fails, or the time is up. */
function within(ms: number, start: (done: () => void) => void): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    try {
      start(done)
    } catch {
      done()
    }
  })
}
