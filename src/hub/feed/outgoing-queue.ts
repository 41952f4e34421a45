import type { Peer } from '../connections/peer.ts'
import type { Position } from '../stream/encoded-batch.ts'

/** Frames that belong together; once the first is handed over the others follow. */
export interface QueueItem {
  readonly frames: readonly Buffer[]
  /**
   * `reply` is an answer and counts against the reply limit; `replay` was fed at the client's own pace; `live` may be
   * dropped, because the journal has it; `signal` may be dropped, and nothing brings it back.
   */
  readonly kind: 'reply' | 'replay' | 'live' | 'signal'
  /** Where the stream stood before a `live` item. */
  readonly from: Position | null
}

/** What waits for one peer, in order. Frames are handed over while the peer buffers less than the high-water mark. */
export class OutgoingQueue {
  readonly #peer: Peer
  readonly #highWaterBytes: number
  /** Null while nothing waits, which is nearly always: an emptied array keeps its room. */
  #items: QueueItem[] | null = null
  /** Frames of the first item that were handed over. */
  #handed = 0
  #bytes = 0
  #replyBytes = 0
  #progress = 0
  #closed = false
  #pumping = false
  #waiting: { readonly below: number; readonly resolve: () => void }[] | null = null

  constructor(peer: Peer, highWaterBytes: number) {
    this.#peer = peer
    this.#highWaterBytes = highWaterBytes
    peer.onDrain(() => this.pump())
  }

  /** Bytes of frames not handed over yet. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes of answers not handed over yet. */
  get replyBytes(): number {
    return this.#replyBytes
  }

  /** True while something waits that may be dropped and come again later. */
  get hasLive(): boolean {
    return this.#items?.some(({ kind }) => kind === 'live') ?? false
  }

  /** Frames handed over so far. */
  get progress(): number {
    return this.#progress
  }

  /** Adds frames and hands over what the peer takes. */
  push(item: QueueItem): void {
    if (this.#closed || item.frames.length === 0) return
    if (this.#items === null) this.#items = [item]
    else this.#items.push(item)
    const bytes = itemBytes(item)
    this.#bytes += bytes
    if (item.kind === 'reply') this.#replyBytes += bytes
    this.pump()
  }

  /** Hands over what the peer takes. */
  pump(): void {
    // A peer may drain, or close, inside its own `send`.
    if (this.#pumping) return
    this.#pumping = true
    let item = this.#items?.[0]
    while (item !== undefined && this.#hand(item)) {
      this.#items?.shift()
      this.#handed = 0
      item = this.#items?.[0]
    }
    if (item === undefined) this.#items = null
    this.#pumping = false
    this.#settle()
  }

  /**
   * Drops live items and signals that have not begun.
   * @returns where the stream stood before the first live item that was dropped; null when none was
   */
  dropLive(): Position | null {
    if (this.#items === null) return null
    const begun = this.#handed > 0 ? this.#items[0] : undefined
    const isDropped = (item: QueueItem) => item !== begun && (item.kind === 'live' || item.kind === 'signal')
    const dropped = this.#items.filter(isDropped)
    this.#items = this.#items.filter(item => !isDropped(item))
    for (const item of dropped) this.#bytes -= itemBytes(item)
    return dropped.find(item => item.kind === 'live')?.from ?? null
  }

  /** Resolves when at most `below` bytes wait, or the queue was closed. */
  whenBelow(below: number): Promise<void> {
    if (this.#closed || this.#bytes <= below) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiting ??= []
      this.#waiting.push({ below, resolve })
    })
  }

  /** Drops everything; nothing is handed over any more. */
  close(): void {
    this.#closed = true
    this.#items = null
    this.#bytes = 0
    this.#replyBytes = 0
    this.#settle()
  }

  /** True when the item was handed over whole. */
  #hand(item: QueueItem): boolean {
    while (this.#handed < item.frames.length) {
      if (this.#closed || this.#peer.bufferedBytes >= this.#highWaterBytes) return false
      const frame = item.frames[this.#handed++]
      if (frame === undefined) continue
      this.#bytes -= frame.length
      if (item.kind === 'reply') this.#replyBytes -= frame.length
      this.#progress++
      this.#peer.send(frame, item.kind === 'live' && this.#handed === item.frames.length)
    }
    return true
  }

  #settle(): void {
    if (this.#waiting === null) return
    const ready = this.#waiting.filter(({ below }) => this.#closed || this.#bytes <= below)
    if (ready.length === 0) return
    const rest = this.#waiting.filter(entry => !ready.includes(entry))
    this.#waiting = rest.length === 0 ? null : rest
    for (const { resolve } of ready) resolve()
  }
}

function itemBytes(item: QueueItem): number {
  let bytes = 0
  for (const frame of item.frames) bytes += frame.length
  return bytes
}
