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
export interface Requests {
  ask<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type], reply?: Reply): void
  /** The one that an answer is for; undefined = none that is waited for. */
  take(id: string | undefined): Reply | undefined
  /** The connection is gone. */
  lost(): void
}

export function createRequests(link: () => Link | null): Requests {
  const pending = new Map<string | undefined, Reply>()
  let count = 0

  function take(id: string | undefined) {
    const reply = pending.get(id)
    pending.delete(id)
    return reply
  }

  return {
    ask(type, data, reply = {}) {
      const id = `${++count}`
      pending.set(id, reply)
      link()?.send(type, data, id)
    },
    take,
    lost() {
      for (const [id] of pending) take(id)?.lost?.()
    },
  }
}
