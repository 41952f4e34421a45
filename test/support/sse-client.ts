import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { get } from 'node:http'
import { onTestFinished } from 'vitest'
import { waitFor } from './wait-for.ts'

/** A block of an event stream, as a browser would hand it to a page. */
export interface SseBlock {
  readonly name: string
  readonly data: string
  /** The position of the browser after it: the last `id` that came. */
  readonly lastEventId: string
  /** Whether this very block had an `id`. */
  readonly hasId: boolean
}

/** A client that reads an event stream by the rules of the HTML standard, and keeps what it reads. */
export interface SseClient {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly blocks: readonly SseBlock[]
  /** Everything that came, as text. */
  readonly text: string
  /** How long the hub asked it to wait before it comes back, ms. */
  readonly retryMs: number | null
  readonly lastEventId: string
  readonly isClosed: boolean
  /** The answer, for tests that pause or break it. */
  readonly answer: IncomingMessage
  /** Waits for the next block of a name; those before it are skipped. */
  next(name: string): Promise<SseBlock>
  /** Ends the connection without a goodbye. */
  vanish(): void
}

/** Opens an event stream; it is cut after the test. */
export async function openSseClient(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<SseClient> {
  const { request, answer } = await send(url, headers)
  const reading = { blocks: [] as SseBlock[], text: '', retryMs: null as number | null, lastEventId: '' }
  let isClosed = false
  let taken = 0
  let rest = ''
  answer.setEncoding('utf8')
  answer.on('data', (part: string) => {
    reading.text += part
    const lines = (rest + part).split('\n\n')
    rest = lines.pop() ?? ''
    for (const block of lines) readBlock(block, reading)
  })
  answer.on('error', () => {})
  answer.on('close', () => {
    isClosed = true
  })
  onTestFinished(() => void request.destroy())
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    answer,
    get blocks() {
      return reading.blocks
    },
    get text() {
      return reading.text
    },
    get retryMs() {
      return reading.retryMs
    },
    get lastEventId() {
      return reading.lastEventId
    },
    get isClosed() {
      return isClosed
    },
    async next(name) {
      const message = () => `a block ${name} came; there are ${reading.blocks.map(block => block.name)}`
      return waitFor(
        () => {
          const at = reading.blocks.findIndex((block, index) => index >= taken && block.name === name)
          if (at === -1) return null
          taken = at + 1
          return reading.blocks[at]
        },
        { message },
      )
    },
    vanish: () => void request.destroy(),
  }
}

function send(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ request: ClientRequest; answer: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, answer => resolve({ request, answer }))
    request.on('error', reject)
  })
}

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
function readBlock(
  block: string,
  reading: { blocks: SseBlock[]; retryMs: number | null; lastEventId: string },
): void {
  const data: string[] = []
  let name = 'message'
  let hasId = false
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    if (field === 'event') name = value
    if (field === 'retry') reading.retryMs = Number(value)
    if (field === 'id') {
      reading.lastEventId = value
      hasId = true
    }
  }
  if (data.length > 0) {
    reading.blocks.push({ name, data: data.join('\n'), lastEventId: reading.lastEventId, hasId })
  }
}
