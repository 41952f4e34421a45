import { messageTooBigCode } from '../../protocol/close-codes.ts'
import type { ClientError } from '../api/client-error.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'
import type { Extension } from '../machine/extension.ts'
import type { Machine } from '../machine/machine.ts'
import type { Subscriptions } from '../subscriptions/subscriptions.ts'
import type { Outbox } from './outbox.ts'

/** `register` is to be no longer, in characters of JSON, each of which may be three bytes: a hub takes 64 KiB at once. */
const maxRegisterLength = 20_000

/** Sends in parts what is longer than the hub takes, or gives it up: sent again, it would end the next connection, too. */
export class TooLargeMessages implements Extension {
  readonly #machine: Machine
  readonly #subscriptions: Subscriptions
  readonly #outbox: Outbox
  #isRegistered = false

  constructor(machine: Machine, subscriptions: Subscriptions, outbox: Outbox) {
    this.#machine = machine
    this.#subscriptions = subscriptions
    this.#outbox = outbox
  }

  /** What is too much for `register` follows by itself. */
  async prepare(): Promise<void> {
    this.#setApart(maxRegisterLength)
  }

  registered(): void {
    this.#isRegistered = true
  }

  lost(): void {
    const { code, error } = this.#machine.connection.status
    if (code === 'RTB_FRAME_TOO_LARGE' || error?.cause === messageTooBigCode) {
      if (this.#isRegistered) this.#giveUpLongest(error)
      else this.#setApart(0)
    }
    this.#isRegistered = false
  }

  #setApart(maxLength: number): void {
    let length = 0
    for (const subscription of this.#subscriptions.register()) {
      length += JSON.stringify(subscription).length
      if (length > maxLength) this.#machine.apart.add(subscription.id)
    }
  }

  /** The hub does not say which one it was; the longest of those on their way was. */
  #giveUpLongest(cause: unknown): void {
    const sent: { readonly text: string; end(error: ClientError): void }[] = []
    for (const letter of this.#outbox.posted) {
      const end = (error: ClientError) => this.#outbox.end(letter, error)
      sent.push({ text: JSON.stringify(letter.data), end })
    }
    for (const entry of this.#subscriptions.entries.values()) {
      const end = (error: ClientError) => this.#subscriptions.fail(entry, error)
      if (!entry.isLive) sent.push({ text: JSON.stringify(entry.request), end })
    }
    const [longest] = sent.sort((one, other) => other.text.length - one.text.length)
    longest?.end(wholeClientError('RTB_CLIENT_TOO_LARGE', `${longest.text.length}`, cause))
  }
}
