import type { PresenceBus, PresenceWord } from '../domain/presence.ts'
import type { HubAnnouncement, HubAnnouncer, Signal, SignalBus } from '../domain/signal-bus.ts'
import { type BusMessage, readBusMessage, writeBusMessage } from './bus-message.ts'
import { createLocalSignalBus } from './local-signal-bus.ts'
import { maxMessageLength, PartAssembler, readPart, splitMessage } from './message-parts.ts'
import { createRateLimit } from './rate-limit.ts'
import { SendQueue } from './send-queue.ts'

export interface HubBusOptions {
  /** Names this hub to the others. */
  readonly hubId: string
  /** Brings payloads to every hub, this one too, in their order. Rejects when it could not, or may not have. */
  readonly carry: (payloads: readonly string[]) => Promise<void>
  /** False while nobody else would hear a signal: then none is sent. */
  readonly hasPeers: () => boolean
  /** A hub said that it is there, or (null) that it ends. This hub's own words come back, too. */
  readonly onHub: (hubId: string, hub: HubAnnouncement | null) => void
  /** Hears of a receiver that failed. */
  readonly onError: (error: unknown, part: string) => void
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/** What the bus did so far, in messages. */
export interface BusCounters {
  sent: number
  received: number
  /** Not sent: what carries them was too slow, or away, or the message too long. */
  dropped: number
  /** Not received whole. */
  lost: number
  /** Put on the channel by something that is no hub. */
  junk: number
  /** Received and dropped: too many in that second. */
  throttled: number
}

/** Most messages a hub takes from all others in a second; what more would come to is a flood. */
const maxPerSecond = 2_000
/** After a failure the carrier is left alone this long. */
const pauseMs = 500
/** The last words may take this long. */
const closeWithinMs = 500

/**
 * What hubs say to each other: signals, who they are, and who is with them. Sends by itself; whatever the carrier
 * brings has to be handed to {@link receive}. At most once: what cannot be sent is dropped and counted.
 */
export class HubBus implements SignalBus, HubAnnouncer, PresenceBus {
  readonly counters: BusCounters = { sent: 0, received: 0, dropped: 0, lost: 0, junk: 0, throttled: 0 }
  readonly #options: HubBusOptions
  readonly #here = createLocalSignalBus()
  readonly #queue = new SendQueue()
  readonly #parts = new PartAssembler()
  readonly #mayPass: () => boolean
  readonly #hearWord = new Set<(hubId: string, word: PresenceWord) => void>()
  #number = 0
  #sending: Promise<void> | null = null
  #pause: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: HubBusOptions) {
    this.#options = options
    this.#mayPass = createRateLimit(maxPerSecond, options.now)
  }

  async publish(signal: Signal): Promise<void> {
    await this.deliverHere(signal)
    if (this.#options.hasPeers()) this.#send({ kind: 'signal', signal })
  }

  /** Hands a signal to this hub only: every other one has it from elsewhere. */
  deliverHere(signal: Signal): Promise<void> {
    return this.#here.publish(signal)
  }

  subscribe(receive: (signal: Signal) => void): () => void {
    return this.#here.subscribe(receive)
  }

  announce({ hubId: _, ...hub }: HubAnnouncement): void {
    this.#send({ kind: 'hub', hub })
  }

  tell(word: PresenceWord): boolean {
    if (!this.#options.hasPeers()) return true
    const text = writeBusMessage({ kind: 'presence', word })
    if (text.length > maxMessageLength) return false
    this.#enqueue(text)
    return true
  }

  onWord(receive: (hubId: string, word: PresenceWord) => void): () => void {
    this.#hearWord.add(receive)
    return () => this.#hearWord.delete(receive)
  }

  farewell(): void {
    this.#send({ kind: 'bye' })
  }

  /** Takes a notification. Whatever it is, it does no harm; never throws. */
  receive(payload: string): void {
    const part = readPart(payload)
    if (part === null) {
      this.counters.junk++
      return
    }
    const { hubId } = part
    const isOwn = hubId === this.#options.hubId
    if (isOwn && part.count > 1) return
    if (!isOwn && part.index === 1 && !this.#mayPass()) {
      this.counters.throttled++
      return
    }
    const { text, lost } = this.#parts.add(part)
    if (lost) this.counters.lost++
    if (text !== null) this.#take(hubId, isOwn, text)
  }

  /** Sends what waits, for half a second at most, and ends. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#pause)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, closeWithinMs)
    })
    await Promise.race([this.#sending, late])
    clearTimeout(timer)
    this.#queue.clear()
  }

  #take(hubId: string, isOwn: boolean, text: string): void {
    // This hub has had its own signals; only to hear itself proves that it can hear.
    const message = readBusMessage(text)
    if (message === null) this.counters.junk++
    else if (message.kind === 'signal') {
      if (isOwn) return
      this.counters.received++
      this.deliverHere(message.signal).catch(error => this.#options.onError(error, 'signals'))
    } else if (message.kind === 'presence') this.#pass(hubId, isOwn, message.word)
    else if (message.kind === 'hub') this.#options.onHub(hubId, { hubId, ...message.hub })
    else {
      this.#options.onHub(hubId, null)
      this.#pass(hubId, isOwn, { word: 'bye' })
    }
  }

  #pass(hubId: string, isOwn: boolean, word: PresenceWord): void {
    if (isOwn) return
    for (const receive of this.#hearWord) receive(hubId, word)
  }

  #send(message: BusMessage): void {
    const text = writeBusMessage(message)
    if (text.length > maxMessageLength) this.counters.dropped++
    else this.#enqueue(text)
  }

  #enqueue(text: string): void {
    if (this.#closed) {
      this.counters.dropped++
      return
    }
    this.counters.dropped += this.#queue.push(text)
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = null
    })
  }

  async #drain(): Promise<void> {
    const { hubId, carry } = this.#options
    for (let batch = this.#queue.take(); batch.length > 0; batch = this.#queue.take()) {
      const payloads = batch.flatMap(text => splitMessage(hubId, ++this.#number, text))
      try {
        await carry(payloads)
        this.counters.sent += batch.length
      } catch {
        // It may have been committed all the same: sent again it could come twice. Who is away is the reader's to say.
        this.counters.dropped += batch.length
        if (this.#closed) return
        await new Promise<void>(resolve => {
          this.#pause = setTimeout(resolve, pauseMs)
        })
      }
    }
  }
}
