import type { ClientMessageData, ClientMessageType, HubMessageData } from '../protocol/messages.ts'
import type { Link } from './link.ts'

/** What becomes of a request; one of them is called, once. */
export interface Reply {
  answered(data: unknown): void
  refused(error: HubMessageData['error']): void
  /** The connection is gone; default: nothing. */
  lost?(): void
  /** True: doing it twice is not the same as once; default false. */
  readonly isUnrepeatable?: boolean
}

interface Pending extends Reply {
  readonly type: ClientMessageType
  readonly data: ClientMessageData[ClientMessageType]
}

/** Requests on a connection that the hub has not answered yet. */
export class Requests {
  readonly #link: () => Link | null
  readonly #pending = new Map<string, Pending>()
  #count = 0

  constructor(link: () => Link | null) {
    this.#link = link
  }

  ask<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type], reply: Reply): void {
    const id = `${++this.#count}`
    this.#pending.set(id, { ...reply, type, data })
    this.#link()?.send(type, data, id)
  }

  /** The one that an answer is for; null = none that is waited for. */
  take(id: string | null | undefined): Reply | null {
    const reply = this.#pending.get(id ?? '') ?? null
    if (reply !== null) this.#pending.delete(id ?? '')
    return reply
  }

  /** Sends again what may not have been heard. */
  repeat(): void {
    for (const [id, { type, data, isUnrepeatable }] of this.#pending) {
      if (!isUnrepeatable) this.#link()?.send(type, data, id)
    }
  }

  /** The connection is gone. */
  lost(): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const reply of pending) reply.lost?.()
  }
}
