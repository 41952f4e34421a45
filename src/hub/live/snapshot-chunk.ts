import type { OpenRows } from '../../domain/table-rows.ts'
import { encodeRaw } from '../../protocol/encode-message.ts'
import { encodeSseBlock } from '../../protocol/encode-sse.ts'
import type { Wire } from '../connections/peer.ts'
import { webSocketFrame } from '../stream/web-socket-frame.ts'

/** A row as somebody gets it. */
export interface SeenRow {
  readonly id: string
  /** JSON object; the key only when truncated. */
  readonly text: string
  readonly truncated: boolean
}

/** Ids under which a frame is kept: a thousand apps that are the same program use the same one. */
const keptFrames = 4

/** One `snapshot` message without the id of the subscription; its frames are shared by who uses the same id. */
export class SnapshotChunk {
  readonly part: number
  readonly rows: number
  readonly #body: string
  readonly #frames = new Map<string, Buffer>()

  /** @param body members of the message's data, without braces */
  constructor(part: number, rows: number, body: string) {
    this.part = part
    this.rows = rows
    this.#body = body
  }

  /** Estimate of the memory it holds. */
  get bytes(): number {
    return 200 + this.#body.length * 2
  }

  /**
   * The frame for a subscription.
   * @param timestamp ISO 8601; a frame that is shared keeps its first one
   */
  frame(id: string, wire: Wire, timestamp: string): Buffer {
    const key = `${wire} ${id}`
    const known = this.#frames.get(key)
    if (known !== undefined) return known
    // Row texts are spliced in as they are: no number passes through a double.
    const data = `{"id":${JSON.stringify(id)},"part":${this.part},${this.#body}}`
    const frame =
      wire === 'sse'
        ? Buffer.from(encodeSseBlock('snapshot', data, null))
        : webSocketFrame(encodeRaw('snapshot', data, timestamp))
    if (this.#frames.size < keptFrames) this.#frames.set(key, frame)
    return frame
  }
}

/** Collects rows into chunks. */
export class ChunkBuilder {
  readonly #head: string
  #part = 0
  #ids: string[] = []
  #rows: string[] = []
  #truncated: string[] = []
  #length = 0

  constructor({ table, columns, partitioned }: Pick<OpenRows, 'table' | 'columns' | 'partitioned'>) {
    this.#head = `,"key":${JSON.stringify(table.keyColumns)},"columns":${JSON.stringify(columns)},"partitioned":${partitioned}`
  }

  /** Characters collected since the last {@link take}. */
  get length(): number {
    return this.#length
  }

  /** True when nothing is left to take; part 0 is always taken. */
  get isEmpty(): boolean {
    return this.#part > 0 && this.#rows.length === 0
  }

  add({ id, text, truncated }: SeenRow): void {
    this.#ids.push(id)
    this.#rows.push(text)
    if (truncated) this.#truncated.push(id)
    this.#length += id.length + text.length + 8
  }

  take(): SnapshotChunk {
    const truncated = this.#truncated.length === 0 ? '' : `,"truncated":${JSON.stringify(this.#truncated)}`
    const body = `"ids":${JSON.stringify(this.#ids)},"rows":[${this.#rows.join(',')}]${truncated}`
    const chunk = new SnapshotChunk(
      this.#part,
      this.#rows.length,
      this.#part === 0 ? body + this.#head : body,
    )
    this.#part++
    this.#ids = []
    this.#rows = []
    this.#truncated = []
    this.#length = 0
    return chunk
  }
}
