import type { Command } from 'commander'
import type { SubscriptionRequest } from '../../protocol/messages.ts'
import type { Bind } from '../bind.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { hubAddress } from '../hub-address.ts'
import { wholeNumber } from '../parse-option.ts'
import { untilStopped } from '../stop-signals.ts'
import { describeNotice } from '../tail/describe-notice.ts'
import { type FollowOptions, followEvents } from '../tail/follow-events.ts'
import { formatEvent } from '../tail/format-event.ts'

interface TailOptions {
  readonly since?: string
  readonly table?: readonly string[]
  readonly event?: readonly string[]
  readonly channel?: readonly string[]
  readonly where?: string
  readonly room?: readonly string[]
  readonly limit?: number
  readonly url?: string
  readonly cursors?: boolean
}

const notes = `
With --json every event is one line, as the hub sent it. --cursors adds lines {"checkpoint": "…"}: all events before
such a line are complete, and --since takes what it says. At the end the cursor to continue with is told on stderr.

  rtbridge tail --event 'BOOKING_*' --where 'new.seats_booked > 2'
  rtbridge tail --json --limit 10 | jq .data`

/** `rtbridge tail` */
export function addTailCommand(program: Command, bind: Bind): void {
  program
    .command('tail')
    .description('follow the events of a hub, as an app would')
    .option('--since <cursor>', 'begin after this cursor instead of now')
    .option('--table <name...>', 'only these tables (globs)')
    .option('--event <type...>', 'only these event types (globs)')
    .option('--channel <name...>', 'only these channels')
    .option('--where <condition>', 'only rows for which this CEL condition holds')
    .option('--room <name...>', 'only events addressed to these rooms')
    .option('--limit <n>', 'end after n events', wholeNumber(1, 1_000_000_000))
    .option('--url <url>', 'the hub, ws://host:port (default: hub.host and hub.port)')
    .option('--cursors', 'with --json: also print checkpoints')
    .addHelpText('after', notes)
    .action(bind(runTail))
}

async function runTail(context: CommandContext, options: TailOptions): Promise<void> {
  const { output } = context
  const url = options.url ?? `ws://${hubAddress(loadSettingsAloud(context).config)}`
  const position: { cursor: string | null } = { cursor: options.since ?? null }
  await untilStopped(stop => {
    const enough = new AbortController()
    const signal = AbortSignal.any([stop, enough.signal])
    output.note(`following ${url}; Ctrl-C ends`)
    return followEvents({
      url,
      appName: 'rtbridge tail',
      subscription: subscriptionOf(options),
      join: [],
      since: options.since ?? null,
      signal,
      onEvent: createPrinter(context, options.limit ?? null, () => enough.abort()),
      onCursor: (cursor, isCheckpoint) => {
        position.cursor = cursor
        if (options.cursors === true && isCheckpoint) output.json({ checkpoint: cursor })
      },
      onNotice: notice => {
        const text = describeNotice(notice)
        if (text !== null) output.warn(text)
      },
    })
  })
  if (position.cursor !== null) output.note(`continue with: rtbridge tail --since ${position.cursor}`)
}

/** Null = everything the hub has for everyone. */
function subscriptionOf({ table, event, channel, where, room }: TailOptions): SubscriptionRequest | null {
  if ([table, event, channel, where, room].every(filter => filter === undefined)) return null
  return { id: 'tail', tables: table, events: event, channels: channel, where, rooms: room }
}

function createPrinter(
  { host, output }: CommandContext,
  limit: number | null,
  onEnough: () => void,
): FollowOptions['onEvent'] {
  const columns = host.stdout.isTTY === true ? (host.stdout.columns ?? 100) : null
  let count = 0
  return received => {
    if (output.isJson) output.write(`${received.text}\n`)
    else output.print(formatEvent(received, { style: output.style, columns }))
    if (++count === limit) onEnough()
  }
}
