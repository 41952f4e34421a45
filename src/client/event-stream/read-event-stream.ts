import type { BodyReader } from '../api/platform-types.ts'

/** What a stream of events brings. */
export interface EventStreamListener {
  /** Bytes came. */
  heard(): unknown
  /** A whole block. `id` is null when it has none. */
  block(name: string, data: string, id: string | null): unknown
}

/**
 * Reads server-sent events until the stream ends.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function readEventStream(reader: BodyReader, listener: EventStreamListener): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    listener.heard()
    // The hub ends lines with a line feed and nothing else.
    const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) readBlock(block, listener)
  }
}

function readBlock(block: string, listener: EventStreamListener): void {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? []
    fields[name] = value
  }
  const { event = '', data, id = null } = fields
  if (data !== undefined) listener.block(event, data, id)
}
