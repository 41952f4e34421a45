import type {
  ClientMessageData,
  ClientMessageType,
  HubMessage,
  HubMessageData,
} from '../../protocol/messages.ts'
import type { Link } from '../connection/link.ts'

/** What becomes of a request; one of them is called, once, where it is there. */
export interface Reply {
  answered?(data: unknown, message: HubMessage): void
  refused?(error: HubMessageData['error']): void
  /** The connection is gone. */
  lost?(): void
}

/** Requests on a connection that the hub has not answered yet. */
export class Requests {
  readonly #link: () => Link | null
  readonly #pending = new Map<string | undefined, Reply>()
  #count = 0

  constructor(link: () => Link | null) {
    this.#link = link
  }

  ask<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type], reply: Reply = {}): void {
    const id = `${++this.#count}`
    this.#pending.set(id, reply)
    this.#link()?.send(type, data, id)
  }

  /** The one that an answer is for; undefined = none that is waited for. */
  take(id: string | undefined): Reply | undefined {
    const reply = this.#pending.get(id)
    this.#pending.delete(id)
    return reply
  }

  /** The connection is gone. */
  lost(): void {
    for (const [id] of this.#pending) this.take(id)?.lost?.()
  }
}
