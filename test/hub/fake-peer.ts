import type { Peer } from '../../src/hub/connections/peer.ts'
import type { HubMessage, HubMessageData, HubMessageType } from '../../src/protocol/messages.ts'
import { framesIn, textIn } from './web-socket-frames.ts'

/** A client without a socket: it takes everything at once, or only what `take` allows while it is slow. */
export class FakePeer implements Peer {
  readonly remoteAddress = '127.0.0.1'
  readonly wire = 'web-socket'
  /** Frames the client has received. */
  readonly received: HubMessage[] = []
  readonly texts: string[] = []
  readonly frames: Buffer[] = []
  /** What was handed over in one piece. */
  readonly packs: Buffer[] = []
  isSlow = false
  closeCode: number | null = null
  isTerminated = false
  #buffered: Buffer[] = []
  #drained: () => void = () => {}

  get bufferedBytes(): number {
    return this.#buffered.reduce((sum, frame) => sum + frame.length, 0)
  }

  send(pack: Buffer): void {
    this.packs.push(pack)
    for (const frame of framesIn(pack)) {
      this.frames.push(frame)
      if (this.isSlow) this.#buffered.push(frame)
      else this.#receive(frame)
    }
  }

  onDrain(listener: () => void): void {
    this.#drained = listener
  }

  close(code: number): void {
    this.closeCode ??= code
  }

  terminate(): void {
    this.isTerminated = true
    this.#buffered = []
  }

  /** The slow client takes up to `count` frames. */
  take(count = Number.POSITIVE_INFINITY): void {
    for (const frame of this.#buffered.splice(0, count)) this.#receive(frame)
    if (this.#buffered.length === 0) this.#drained()
  }

  /** The data of all frames of one type. */
  of<Type extends HubMessageType>(type: Type): HubMessageData[Type][] {
    return this.received
      .filter(message => message.message_type === type)
      .map(message => message.data as HubMessageData[Type])
  }

  /** Ids of all events received, in order. */
  eventIds(): string[] {
    return this.received.flatMap(message => {
      if (message.message_type === 'realtime_event') return [message.data.event_id]
      return message.message_type === 'events' ? message.data.events.map(event => event.event_id) : []
    })
  }

  /** The last cursor the client could resume from. */
  cursor(): string | null {
    let cursor: string | null = null
    for (const { data } of this.received) {
      if ('cursor' in data && !('id' in data) && data.cursor !== undefined) cursor = data.cursor
    }
    return cursor
  }

  #receive(frame: Buffer): void {
    const text = textIn(frame)
    this.texts.push(text)
    this.received.push(JSON.parse(text))
  }
}
