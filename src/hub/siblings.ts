import type { HubAddressData } from '../protocol/messages.ts'

/** The other hubs that clients are told of, and what each client was told last. */
export class Siblings {
  #list: readonly HubAddressData[] = []
  #text = '[]'
  /** What a client knows that was told nothing yet: while none has ever been heard of, that is not said. */
  #untold = '[]'
  /** As text, by client. */
  readonly #told = new WeakMap<object, string>()

  /** Returns false when nothing has changed. */
  set(list: readonly HubAddressData[]): boolean {
    const text = JSON.stringify(list)
    if (text === this.#text) return false
    this.#list = list
    this.#text = text
    this.#untold = ''
    return true
  }

  /** What a client has to be told now, and has been from here on; null = it knows. */
  tell(client: object): readonly HubAddressData[] | null {
    if ((this.#told.get(client) ?? this.#untold) === this.#text) return null
    this.#told.set(client, this.#text)
    return this.#list
  }
}
