import type { SubscriptionRequest } from '../../protocol/messages.ts'
import type { HubTrust } from '../../transports/hub-trust.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { hubEndpoint, hubTrust } from '../hub-address.ts'
import { readHubToken } from '../hub-token.ts'
import { programName } from '../program-name.ts'
import { untilStopped } from '../stop-signals.ts'
import { describeNotice } from './describe-notice.ts'
import { followEvents } from './follow-events.ts'
import type { FollowOptions } from './follow-options.ts'
import { formatEvent } from './format-event.ts'

interface TailOptions {
  readonly since?: string
  readonly table?: readonly string[]
  readonly event?: readonly string[]
  readonly channel?: readonly string[]
  readonly where?: string
  readonly room?: readonly string[]
  readonly limit?: number
  readonly url?: string
  readonly ca?: string
  readonly cursors?: boolean
  readonly tokenFile?: string
}

export async function runTail(context: CommandContext, options: TailOptions): Promise<void> {
  const { host, output } = context
  const { url, trust } = findHub(context, options)
  const token = readHubToken(host, options.tokenFile)
  const position: { cursor: string | null } = { cursor: options.since ?? null }
  await untilStopped(stop => {
    const enough = new AbortController()
    const signal = AbortSignal.any([stop, enough.signal])
    output.note(`following ${url}; Ctrl-C ends`)
    return followEvents({
      url,
      token,
      trust,
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
  if (position.cursor === null) return
  const program = programName(process.argv[1], host.cwd)
  output.note(`continue with: ${program} tail${optionsAgain(options)} --since ${position.cursor}`)
}

/** The options that say which hub and which events, as one writes them in a shell. */
function optionsAgain(options: TailOptions): string {
  const again: readonly (readonly [string, string | readonly string[] | undefined])[] = [
    ['--url', options.url],
    ['--ca', options.ca],
    ['--token-file', options.tokenFile],
    ['--table', options.table],
    ['--event', options.event],
    ['--channel', options.channel],
    ['--where', options.where],
    ['--room', options.room],
  ]
  const given = again.filter(([, value]) => value !== undefined)
  return given.map(([flag, value = []]) => [` ${flag}`, ...[value].flat().map(quoted)].join(' ')).join('')
}

function quoted(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A hub that is named by its URL may be of another machine; the settings then say only whom to trust. */
function findHub(context: CommandContext, { url, ca }: TailOptions): { url: string; trust: HubTrust } {
  const { cwd } = context.host
  if (url !== undefined && !url.startsWith('wss:')) return { url, trust: {} }
  const { config } = loadSettingsAloud(context)
  if (url !== undefined) return { url, trust: hubTrust(config, { cwd, ca }) }
  const { webSocketUrl, trust } = hubEndpoint(config, { cwd, ca })
  return { url: webSocketUrl, trust }
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
