import type { CommandContext } from '../context.ts'
import { describeNotice } from '../tail/describe-notice.ts'
import { followEvents } from '../tail/follow-events.ts'
import type { ReceivedEvent } from '../tail/read-frame.ts'
import { formatSample } from './format-sample.ts'

export interface ShowOptions {
  readonly url: string
  /** Rooms to join: some events of the sample go to the desks of a destination only. */
  readonly rooms: readonly string[]
  readonly signal: AbortSignal
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  /** Started once the view is connected, so that it misses nothing. */
  readonly traffic: () => Promise<void>
}

/**
 * Shows events as a desk of the station gets them, until the signal aborts.
 * @throws what the traffic throws
 */
export async function showEvents(context: CommandContext, options: ShowOptions): Promise<void> {
  const { output } = context
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const show = createView(context, options.startedAt)
  let traffic: Promise<void> | null = null
  let failure: unknown = null
  const startTraffic = () => {
    traffic ??= options.traffic().catch((error: unknown) => {
      failure = error
      failed.abort()
    })
  }
  await followEvents({
    token: null,
    url: options.url,
    appName: 'rtbridge demo',
    subscription: null,
    join: options.rooms.map(room => `destination:${room}`),
    since: null,
    signal,
    onEvent: show,
    onCursor: () => {},
    onNotice: notice => {
      if (notice.kind === 'connected') startTraffic()
      const text = describeNotice(notice)
      if (text !== null) output.warn(text)
    },
  })
  await traffic
  if (failure !== null) throw failure
}

function createView({ host, output }: CommandContext, startedAt: number): (received: ReceivedEvent) => void {
  const columns = host.stdout.isTTY === true ? (host.stdout.columns ?? 100) : 160
  let isFirst = true
  return received => {
    const { event, text } = received
    // Every change is also an event of its table; here the view is for what it means.
    if (event.event_type === event.op) return
    if (output.isJson) output.write(`${text}\n`)
    else output.print(formatSample(received, { style: output.style, columns }))
    if (!isFirst) return
    isFirst = false
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    output.say(output.style('dim', `(first event ${seconds} s after the start)`))
  }
}
