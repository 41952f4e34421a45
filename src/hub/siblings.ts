import type { HubAddressData } from '../protocol/messages.ts'

/** The other hubs that clients are told of, and what each client was told last. */
export class Siblings {
  #list: readonly HubAddressData[] = []
  #text = '[]'
  /** As text, by client; who is not there was told of none. */
  readonly #told = new WeakMap<object, string>()

  /** Returns false when nothing has changed. */
  set(list: readonly HubAddressData[]): boolean {
    const text = JSON.stringify(list)
    if (text === this.#text) return false
    this.#list = list
    this.#text = text
    return true
  }

  /** What a client has to be told now, and has been from here on; null = it knows. */
  tell(client: object): readonly HubAddressData[] | null {
    if ((this.#told.get(client) ?? '[]') === this.#text) return null
    this.#told.set(client, this.#text)
    return this.#list
  }
}
