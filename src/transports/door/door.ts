import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Audit } from '../../domain/audit.ts'
import type { ErrorCode, RtbridgeError } from '../../domain/errors/registry.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { burstSeconds, TokenBucket } from '../../domain/token-bucket.ts'
import type { Answer } from '../answer.ts'
import { refusalAnswer } from '../problem.ts'
import { AddressCounts } from './address-counts.ts'
import { createAddressList, normalAddress } from './address-list.ts'
import { createHostList } from './host-list.ts'
import { createOriginList } from './origin-list.ts'

/** What the front door lets in. */
export interface DoorLimits {
  readonly connections: number
  readonly connectionsPerAddress: number
  /** Connections that have not sent a whole request; above it the oldest of them is cut. */
  readonly halfOpen: number
  readonly handshakesPerSecond: number
  readonly handshakesPerSecondPerAddress: number
  /** Requests of one connection. */
  readonly messagesPerSecond: number
  /** Addresses for which the limits per address do not hold. */
  readonly sharedAddresses: readonly string[]
  /** Entries of {@link createAddressList}. */
  readonly allowAddresses: readonly string[]
  /** Entries of `createHostList`. */
  readonly allowHosts: readonly string[]
  /** Entries of `createOriginList`. */
  readonly allowOrigins: readonly string[]
}

export interface DoorOptions {
  readonly limits: DoorLimits
  /** What this machine is called. */
  readonly hostname: string
  /** The hub has a certificate. */
  readonly isEncrypted: boolean
  readonly audit: Audit
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/** How the door is; for status and health. */
export interface DoorStatus {
  readonly connections: number
  readonly half_open: number
  /** Half-open connections that were cut to make room. */
  readonly half_open_cut: number
  /** What was refused since the start, by code of the error. */
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>
}

interface Visitor {
  readonly socket: Socket
  /** Null where it is found by its socket. */
  readonly name: string | null
  readonly address: string
  /** Why no request of it is answered. */
  readonly refusal: RtbridgeError | null
  readonly requests: TokenBucket
}

/** Denials that are audited in a second; a flood of them is counted only. */
const auditedPerSecond = 10

/**
 * The hub's front door: knows every TCP connection, and looks at each request and upgrade before anything else does.
 * Refuses addresses, names and origins that are not allowed, and what comes too often or is too much.
 */
export class Door {
  readonly #options: DoorOptions
  readonly #isAllowed: (address: string) => boolean
  readonly #isShared: (address: string) => boolean
  readonly #isOurName: ReturnType<typeof createHostList>
  readonly #isGoodOrigin: ReturnType<typeof createOriginList>
  readonly #visitors = new Map<Socket, Visitor>()
  /** Under TLS only: there the socket of a request is another object than the one that was accepted. */
  readonly #named = new Map<string, Visitor>()
  readonly #halfOpen = new Set<Visitor>()
  readonly #addresses: AddressCounts
  readonly #handshakes: TokenBucket
  readonly #audits: TokenBucket
  readonly #refused = new Map<ErrorCode, number>()
  /** The same for all: it stays with each connection. */
  readonly #onClose: (this: Socket) => void
  #halfOpenCut = 0

  constructor(options: DoorOptions) {
    const { limits, now } = options
    this.#options = options
    this.#isAllowed = createAddressList(limits.allowAddresses)
    this.#isShared = createAddressList(limits.sharedAddresses)
    this.#isOurName = createHostList(limits.allowHosts, options.hostname)
    this.#isGoodOrigin = createOriginList(limits.allowOrigins)
    this.#addresses = new AddressCounts(limits.handshakesPerSecondPerAddress)
    const perSecond = limits.handshakesPerSecond
    this.#handshakes = new TokenBucket(perSecond, perSecond * burstSeconds, now())
    this.#audits = new TokenBucket(auditedPerSecond, auditedPerSecond, now())
    const leave = this.#leave.bind(this)
    this.#onClose = function () {
      leave(this)
    }
  }

  /** Every connection that is open, upgraded or not. */
  get sockets(): Iterable<Socket> {
    return this.#visitors.keys()
  }

  /** A TCP connection was accepted; nothing has been read of it. */
  enter(socket: Socket): void {
    const address = normalAddress(socket.remoteAddress ?? '')
    const name = this.#options.isEncrypted ? nameOf(socket) : null
    const refusal = this.#refuseVisitor(address)
    const perSecond = this.#options.limits.messagesPerSecond
    const requests = new TokenBucket(perSecond, perSecond * burstSeconds, this.#options.now())
    const visitor = { socket, name, address, refusal, requests }
    this.#visitors.set(socket, visitor)
    if (name !== null) this.#named.set(name, visitor)
    this.#halfOpen.add(visitor)
    this.#addresses.enter(address, this.#options.now())
    socket.on('close', this.#onClose)
    if (this.#halfOpen.size > this.#options.limits.halfOpen) this.#cutOldest()
  }

  /** Looks at a request or an upgrade. @returns the answer that refuses it; null when it may go on */
  check(request: Pick<IncomingMessage, 'socket' | 'headers' | 'url'>): Answer | null {
    const { socket, headers } = request
    const visitor = this.#visitors.get(socket) ?? this.#named.get(nameOf(socket))
    if (visitor !== undefined) this.#halfOpen.delete(visitor)
    const refusal = visitor?.refusal ?? this.#refuseRequest(headers) ?? this.#refuseHaste(visitor)
    if (refusal === null) return null
    this.count(refusal.code)
    this.#report(refusal, normalAddress(socket.remoteAddress ?? ''), request.url ?? '/')
    return refusalAnswer(refusal)
  }

  /** Counts what was refused behind the door. */
  count(code: ErrorCode): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1)
  }

  status(): DoorStatus {
    return {
      connections: this.#visitors.size,
      half_open: this.#halfOpen.size,
      half_open_cut: this.#halfOpenCut,
      refused: Object.fromEntries(this.#refused),
    }
  }

  #refuseVisitor(address: string): RtbridgeError | null {
    const { limits, now } = this.#options
    if (!this.#isAllowed(address)) return rtbridgeError('RTB_ADDRESS_DENIED', { address })
    if (this.#visitors.size - this.#halfOpen.size >= limits.connections) {
      return rtbridgeError('RTB_LIMIT_CONNECTIONS', { limit: limits.connections })
    }
    const isShared = this.#isShared(address)
    const limit = limits.connectionsPerAddress
    if (!isShared && this.#addresses.connectionsOf(address) >= limit) {
      return rtbridgeError('RTB_LIMIT_ADDRESS_CONNECTIONS', { limit })
    }
    const ownMs = isShared ? 0 : this.#addresses.takeHandshake(address, now())
    const retryMs = ownMs > 0 ? ownMs : this.#handshakes.take(1, now())
    return retryMs > 0 ? rtbridgeError('RTB_LIMIT_HANDSHAKES', { retryMs }) : null
  }

  #refuseRequest({ host, origin }: IncomingMessage['headers']): RtbridgeError | null {
    const { isEncrypted } = this.#options
    if (!this.#isOurName(host)) return rtbridgeError('RTB_HOST_DENIED', { host: host ?? '' })
    if (this.#isGoodOrigin({ origin, host, isEncrypted })) return null
    return rtbridgeError('RTB_ORIGIN_DENIED', { origin: origin ?? '' })
  }

  #refuseHaste(visitor: Visitor | undefined): RtbridgeError | null {
    const { limits, now } = this.#options
    const retryMs = visitor?.requests.take(1, now()) ?? 0
    const perSecond = limits.messagesPerSecond
    return retryMs === 0 ? null : rtbridgeError('RTB_LIMIT_REQUESTS', { perSecond, retryMs })
  }

  #leave(socket: Socket): void {
    const visitor = this.#visitors.get(socket)
    if (visitor === undefined) return
    this.#visitors.delete(socket)
    // When it broke, the next one may have come from the same port before this is heard of.
    if (visitor.name !== null && this.#named.get(visitor.name) === visitor) this.#named.delete(visitor.name)
    this.#halfOpen.delete(visitor)
    this.#addresses.leave(visitor.address)
  }

  #cutOldest(): void {
    const [oldest] = this.#halfOpen
    if (oldest === undefined) return
    this.#halfOpen.delete(oldest)
    this.#halfOpenCut++
    oldest.socket.destroy()
  }

  #report({ code }: RtbridgeError, address: string, url: string): void {
    if (this.#audits.take(1, this.#options.now()) > 0) return
    const [subject = '/'] = url.split('?', 1)
    this.#options.audit({
      action: 'denied',
      user: null,
      connection: null,
      address,
      code,
      subject: subject.slice(0, 200),
    })
  }
}

/** Names a connection, whichever object stands for it. */
function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}
