import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { burstSeconds, TokenBucket } from '../../domain/token-bucket.ts'

/** What one connection may send. */
export interface MessageRates {
  readonly messagesPerSecond: number
  readonly bytesPerSecond: number
  readonly controlFramesPerSecond: number
  /** Longest message, bytes: it has to fit into what may come at once. */
  readonly maxFrameBytes: number
}

/** What becomes of a message that is too much. */
export interface Excess {
  readonly error: RtbridgeError
  readonly retryMs: number
  /** The client goes on although it was told: it is disconnected. */
  readonly isFinal: boolean
}

/** Messages that are dropped, and answered, before a client that does not slow down is disconnected. */
const toleratedDrops = 100

/** Counts what one connection sends. A client that keeps quiet until its allowance is full again begins anew. */
export class MessageLimits {
  readonly #rates: MessageRates
  readonly #messages: TokenBucket
  readonly #bytes: TokenBucket
  readonly #controlFrames: TokenBucket
  #dropped = 0

  /** @param now milliseconds of a clock that only grows */
  constructor(rates: MessageRates, now: number) {
    const { messagesPerSecond, bytesPerSecond, controlFramesPerSecond } = rates
    const bucket = (perSecond: number, least = 0) =>
      new TokenBucket(perSecond, Math.max(perSecond * burstSeconds, least), now)
    this.#rates = rates
    this.#messages = bucket(messagesPerSecond)
    this.#bytes = bucket(bytesPerSecond, rates.maxFrameBytes)
    this.#controlFrames = bucket(controlFramesPerSecond)
  }

  /** A message came. @returns null when it may be read, else why it is dropped */
  message(bytes: number, now: number): Excess | null {
    const { messagesPerSecond, bytesPerSecond } = this.#rates
    if (this.#dropped > 0 && this.#messages.isFull(now) && this.#bytes.isFull(now)) this.#dropped = 0
    const tooMany = this.#messages.take(1, now)
    if (tooMany > 0) {
      const values = { perSecond: messagesPerSecond, retryMs: tooMany }
      return this.#drop(rtbridgeError('RTB_LIMIT_MESSAGES', values), tooMany)
    }
    const tooMuch = this.#bytes.take(Math.min(bytes, this.#rates.maxFrameBytes), now)
    if (tooMuch === 0) return null
    const values = { perSecond: bytesPerSecond, retryMs: tooMuch }
    return this.#drop(rtbridgeError('RTB_LIMIT_BYTES', values), tooMuch)
  }

  /** A ping or pong came. They cannot be dropped, so a flood of them is the end. */
  controlFrame(now: number): Excess | null {
    const retryMs = this.#controlFrames.take(1, now)
    if (retryMs === 0) return null
    const perSecond = this.#rates.controlFramesPerSecond
    return { error: rtbridgeError('RTB_LIMIT_CONTROL_FRAMES', { perSecond }), retryMs, isFinal: true }
  }

  #drop(error: RtbridgeError, retryMs: number): Excess {
    this.#dropped++
    return { error, retryMs, isFinal: this.#dropped > toleratedDrops }
  }
}
