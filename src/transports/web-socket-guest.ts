import type { RawData, WebSocket } from 'ws'
import type { ErrorCode, RtbridgeError } from '../domain/errors/registry.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Connection } from '../hub/connections/connection.ts'
import { closeCodes, messageTooBigCode } from '../protocol/close-codes.ts'
import type { Excess, MessageRates } from './door/message-limits.ts'
import { MessageLimits } from './door/message-limits.ts'
import type { Probed } from './heartbeat.ts'

/** What holds for all who come by WebSocket. */
export interface GuestRules {
  readonly rates: MessageRates
  /** A connection of which nothing is heard for so long is ended, milliseconds. */
  readonly idleMs: number
  /** Hears of what was too much. */
  readonly count: (code: ErrorCode) => void
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/**
 * An open WebSocket that is joined with the hub. A longer message than allowed is answered with an error, and ends the
 * connection; more messages than allowed are answered and dropped, and end it in the end. Whatever is heard of it shows
 * that it lives.
 */
export class WebSocketGuest implements Probed {
  readonly socket: WebSocket
  readonly connection: Connection
  readonly #rules: GuestRules
  readonly #limits: MessageLimits
  #heardAt: number
  #probes = 0
  #isOver = false

  constructor(socket: WebSocket, connection: Connection, rules: GuestRules) {
    this.socket = socket
    this.connection = connection
    this.#rules = rules
    this.#heardAt = rules.now()
    this.#limits = new MessageLimits(rules.rates, this.#heardAt)
  }

  get heardAt(): number {
    return this.#heardAt
  }

  get probes(): number {
    return this.#probes
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** It sent a message. */
  message(data: RawData, isBinary: boolean): void {
    this.#heard()
    if (this.#isOver) return
    const bytes = byteLength(data)
    const excess = this.#limits.message(bytes, this.#heardAt)
    const error = problemOf(bytes, isBinary, this.#rules.rates.maxFrameBytes)
    if (excess !== null) this.#refuseExcess(excess)
    else if (error === null) this.connection.receive(data.toString())
    else this.#refuse(error)
  }

  /** It sent a ping or a pong. */
  controlFrame(): void {
    this.#heard()
    const excess = this.#isOver ? null : this.#limits.controlFrame(this.#heardAt)
    if (excess !== null) this.#refuseExcess(excess)
  }

  /** Sends a ping of the protocol, which browsers answer by themselves. */
  probe(): void {
    this.#probes++
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping(undefined, false, ignore)
  }

  giveUp(): void {
    this.#isOver = true
    const { code, message } = rtbridgeError('RTB_LIMIT_IDLE', { limitMs: this.#rules.idleMs })
    this.#rules.count(code)
    // Whoever lives still hears why; the dead are cut when the close takes too long.
    this.connection.dismiss(closeCodes.idle, `${code}: ${message}`)
  }

  #heard(): void {
    this.#heardAt = this.#rules.now()
    this.#probes = 0
  }

  #refuse(error: RtbridgeError): void {
    this.#rules.count(error.code)
    this.connection.refuse(error)
    if (error.code === 'RTB_FRAME_TOO_LARGE') this.socket.close(messageTooBigCode, reasonOf(error))
  }

  #refuseExcess({ error, retryMs, isFinal }: Excess): void {
    this.#rules.count(error.code)
    this.connection.refuse(error, null, { retryMs })
    this.#isOver = isFinal
    if (!isFinal) return
    this.connection.dismiss(closeCodes.tooFast, reasonOf(error))
    // What else it sends waits on its side, until the close is over or took too long.
    this.socket.pause()
  }
}

function problemOf(bytes: number, isBinary: boolean, limit: number): RtbridgeError | null {
  if (bytes > limit) return rtbridgeError('RTB_FRAME_TOO_LARGE', { limit })
  return isBinary ? rtbridgeError('RTB_FRAME_BINARY', {}) : null
}

function reasonOf({ code, message }: RtbridgeError): string {
  return `${code}: ${message}`
}

function byteLength(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((sum, part) => sum + part.length, 0)
  return data.byteLength
}

function ignore(): void {}
