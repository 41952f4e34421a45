import { rtbridgeError } from '../../domain/errors/registry.ts'
import { keysOfJwks, type VerificationKey } from './verification-key.ts'

/** Keys that tokens are checked with. */
export interface KeySet {
  /** The keys there are. @throws RTB_AUTH_UNAVAILABLE when there never were any */
  read(): Promise<readonly VerificationKey[]>
  /** The keys after another look, because none fits a token; the same ones when the last look was just now. */
  lookAgain(): Promise<readonly VerificationKey[]>
  close(): void
}

export interface RemoteKeysOptions {
  readonly url: string
  /** Ms, rising. */
  readonly now: () => number
  /** Told of a look that failed; the keys stay as they are. */
  readonly onError: (error: unknown) => void
  /** Longest wait for an answer, ms; default 5,000. */
  readonly timeoutMs?: number
  /** Shortest pause between two looks, whatever tokens ask for, ms; default 30,000. */
  readonly cooldownMs?: number
  /** The same while there are no keys at all, ms; default 1,000. */
  readonly firstCooldownMs?: number
  /** Keys older than this are looked up again, without anybody waiting for it, ms; default 10 min. */
  readonly maxAgeMs?: number
}

const maxBytes = 262_144

/**
 * The keys of an issuer, as its URL gives them. A new key is found when the first token signed with it comes; keys that
 * the issuer takes away are gone after ten minutes. While the URL is away, what is known stays good.
 */
export class RemoteKeys implements KeySet {
  readonly #options: Required<RemoteKeysOptions>
  readonly #abort = new AbortController()
  #keys: readonly VerificationKey[] | null = null
  #lookedAt = Number.NEGATIVE_INFINITY
  #readAt = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | null = null

  constructor(options: RemoteKeysOptions) {
    this.#options = {
      timeoutMs: 5_000,
      cooldownMs: 30_000,
      firstCooldownMs: 1_000,
      maxAgeMs: 600_000,
      ...options,
    }
  }

  async read(): Promise<readonly VerificationKey[]> {
    const { now, maxAgeMs } = this.#options
    if (this.#keys === null) await this.#look()
    else if (now() - this.#readAt > maxAgeMs) void this.#look()
    if (this.#keys === null)
      throw rtbridgeError('RTB_AUTH_UNAVAILABLE', {}, new Error('the keys of the issuer are away'))
    return this.#keys
  }

  async lookAgain(): Promise<readonly VerificationKey[]> {
    await this.#look()
    return this.read()
  }

  close(): void {
    this.#abort.abort()
  }

  #look(): Promise<void> {
    const { now, cooldownMs, firstCooldownMs } = this.#options
    if (this.#looking !== null) return this.#looking
    const pauseMs = this.#keys === null ? firstCooldownMs : cooldownMs
    if (now() - this.#lookedAt < pauseMs || this.#abort.signal.aborted) return Promise.resolve()
    this.#lookedAt = now()
    this.#looking = this.#fetch()
      .then(keys => {
        this.#keys = keys
        this.#readAt = now()
      })
      .catch(error => {
        if (!this.#abort.signal.aborted) this.#options.onError(error)
      })
      .finally(() => {
        this.#looking = null
      })
    return this.#looking
  }

  async #fetch(): Promise<readonly VerificationKey[]> {
    const { url, timeoutMs } = this.#options
    const source = new URL(url).origin
    try {
      const answer = await fetch(url, {
        // Whoever can redirect could choose the keys.
        redirect: 'error',
        headers: { accept: 'application/jwk-set+json, application/json', connection: 'close' },
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]),
      })
      const text = await readBounded(answer)
      if (!answer.ok) throw new Error(`it answered with status ${answer.status}`)
      return keysOfJwks(source, text)
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'it cannot be read'
      throw rtbridgeError('RTB_AUTH_KEY_UNUSABLE', { source, problem }, error)
    }
  }
}

async function readBounded(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body ?? []) {
    size += piece.byteLength
    if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
