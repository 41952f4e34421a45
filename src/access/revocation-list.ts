import type { Revocation } from '../domain/auth-settings.ts'
import type { Identity } from './identity.ts'

/** What was read: the revocations in force, and by which number the same list is recognised. */
export interface RevocationSnapshot {
  readonly revision: string
  readonly revocations: readonly Revocation[]
}

export interface RevocationListOptions {
  /** Reads the list; null when it is still that of `revision` (null = none is known yet). */
  readonly read: (revision: string | null) => Promise<RevocationSnapshot | null>
  /** Pause between looks when nobody calls `refresh`, ms. */
  readonly everyMs: number
  /** Ms since the epoch. */
  readonly now: () => number
  /** Told of a look that failed; the list stays as it is. */
  readonly onError: (error: unknown) => void
}

/** Anybody who may notify can say that the list changed. */
const pacingMs = 50

/**
 * What is revoked, as all hubs of a database know it: read at the start, when somebody says that it changed, and at
 * intervals. What was read stays in force while the database is away.
 */
export class RevocationList {
  readonly #options: RevocationListOptions
  readonly #listeners = new Set<() => void>()
  #entries = new Map<string, Revocation>()
  #revision: string | null = null
  #timer: NodeJS.Timeout | undefined
  /** The look that is under way, and the one that follows it. */
  #looking: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null
  #lookedAt = Number.NEGATIVE_INFINITY
  #isWhole = false
  #closed = false
  #reportLoaded: () => void = () => {}
  /** Resolves when the list was read for the first time. */
  readonly loaded = new Promise<void>(resolve => {
    this.#reportLoaded = resolve
  })

  constructor(options: RevocationListOptions) {
    this.#options = options
  }

  /** Entries, those that are over included. */
  get size(): number {
    return this.#entries.size
  }

  get isLoaded(): boolean {
    return this.#revision !== null
  }

  /**
   * Reads now: at the start, and whenever something says that the list changed. Looks that overlap are made one, and
   * who says so without end is heard twenty times a second.
   * @param whole true when it may be another database than before, where the same revision means something else
   */
  refresh(whole = false): Promise<void> {
    this.#isWhole ||= whole
    this.#next ??= this.#looking
      .then(() => this.#rest())
      .then(() => {
        this.#next = null
        if (this.#closed) return
        this.#looking = this.#look()
        return this.#looking
      })
    return this.#next
  }

  /** Whether the key, the token, or everything the user had then, was taken back. */
  isRevoked({ credential, user, claims }: Identity): boolean {
    if (credential !== null && this.#isInForce(this.#entries.get(credential.replace(/^jwt:/, 'jti:'))))
      return true
    const entry = user === null ? undefined : this.#entries.get(`user:${user}`)
    if (entry === undefined || !this.#isInForce(entry)) return false
    // What does not say when it was issued, such as a key, counts as issued before.
    const issuedAt = claims['iat']
    return typeof issuedAt !== 'number' || issuedAt * 1_000 < entry.revokedAt
  }

  /** Calls `listener` after each change. @returns stops it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #isInForce(entry: Revocation | undefined): boolean {
    return entry !== undefined && (entry.expiresAt === null || entry.expiresAt > this.#options.now())
  }

  async #look(): Promise<void> {
    const whole = this.#isWhole
    this.#isWhole = false
    try {
      const found = await this.#options.read(whole ? null : this.#revision)
      if (found !== null) this.#take(found)
    } catch (error) {
      this.#isWhole ||= whole
      this.#options.onError(error)
    }
    this.#lookedAt = performance.now()
    if (!this.#closed) this.#timer = setTimeout(() => void this.refresh(), this.#options.everyMs)
  }

  #take({ revision, revocations }: RevocationSnapshot): void {
    this.#entries = new Map(revocations.map(entry => [`${entry.kind}:${entry.subject}`, entry]))
    this.#revision = revision
    this.#reportLoaded()
    for (const listener of this.#listeners) listener()
  }

  /** Also ends the wait for the next look at the usual time. */
  #rest(): Promise<void> {
    clearTimeout(this.#timer)
    const restMs = this.#lookedAt + pacingMs - performance.now()
    if (restMs <= 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#timer = setTimeout(resolve, restMs)
    })
  }
}
