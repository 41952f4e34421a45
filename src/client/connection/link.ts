import type { ClientMessageData, ClientMessageType, HubMessage } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'

/** One connection to a hub, whatever carries it. It says nothing any more once it has ended. */
export interface Link {
  send<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type], messageId?: string): void
  /**
   * Ends it.
   * @param isDead true: without waiting for the other side
   */
  end(isDead: boolean): void
}

/** What a link tells. */
export interface LinkListener {
  /** It can carry messages. */
  opened(): void
  /** Something came, if only a sign of life. */
  heard(): void
  message(message: HubMessage): void
  /**
   * It has ended, not by `end`.
   * @param code of the WebSocket protocol and of rtbridge
   */
  closed(code: number, error: ClientError): void
}

/** Opens a link. */
export type OpenLink = (url: URL, listener: LinkListener) => Link
