import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../../config/config.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import { closestWord } from '../../domain/closest-word.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type CommandContext, loadSettingsAloud, withSession } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { readHubToken } from '../hub-token.ts'
import { untilStopped } from '../stop-signals.ts'
import { printTrace, traceToJson } from './print-trace.ts'
import { type Trace, type TraceTarget, traceRow } from './trace-row.ts'
import { judgeSteps, step } from './trace-step.ts'
import { watchRow } from './watch-row.ts'

const command = 'rtbridge trace'

interface TraceOptions {
  readonly event?: string
  readonly last: number
  readonly wait?: number
  readonly follow?: boolean
  readonly url?: string
  readonly ca?: string
  readonly tokenFile?: string
}

/** Between two looks for the next change, ms. */
const lookEveryMs = 200
/** So long a new change may take from the journal to the clients before it is said to wait, ms. */
const settleMs = 3_000

/** `rtbridge trace`: follows a change of a row, and names the step that dropped it. */
export async function runTrace(
  context: CommandContext,
  options: TraceOptions,
  [table = '', ...rest]: readonly unknown[],
): Promise<ExitCode> {
  const { host, output } = context
  const { config } = loadSettingsAloud(context)
  const event = options.event ?? null
  if (event !== null) checkEvent(event, config)
  const token = readHubToken(host, options.tokenFile)
  const target: TraceTarget = {
    table: String(table),
    key: rest.flat().map(String),
    event,
    limit: options.last,
    hub: { cwd: host.cwd, url: options.url, ca: options.ca, token },
  }
  const tell = (trace: Trace) => {
    printTrace(trace, output)
    output.json(traceToJson(trace))
    return trace.verdict.state === 'delivered' ? exitCodes.ok : exitCodes.check
  }
  return withSession(config, async session => {
    const first = await traceRow(session, config, target)
    const isWatching = options.follow === true || options.wait !== undefined
    if (!isWatching || first.key === null) return tell(first)
    const watched = { table: first.table, key: first.key }
    return untilStopped(signal =>
      watch(session, { config, target, first, watched, options, signal, tell, context }),
    )
  })
}

interface Watching {
  readonly config: Config
  readonly target: TraceTarget
  readonly first: Trace
  readonly watched: Parameters<typeof watchRow>[1]
  readonly options: TraceOptions
  readonly signal: AbortSignal
  readonly tell: (trace: Trace) => ExitCode
  readonly context: CommandContext
}

/** Traces the next change of the row, with `--follow` every next one. */
async function watch(session: AdminSession, watching: Watching): Promise<ExitCode> {
  const { config, target, first, watched, options, signal, tell, context } = watching
  const news = await watchRow(session, watched)
  context.output.note(`waiting for the next change of ${target.table} ${watched.key.join(', ')}; Ctrl-C ends`)
  const until = options.wait === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.wait * 1_000
  let code: ExitCode = exitCodes.ok
  while (!signal.aborted) {
    if (await news.hasNew()) {
      code = tell(await traceSettled(session, config, target))
      if (options.follow !== true) return code
    } else if (Date.now() >= until) {
      return tell(nothingCame(await traceRow(session, config, target), first, options.wait ?? 0))
    }
    await pause(lookEveryMs, undefined, { signal }).catch(() => {})
  }
  return code
}

/** The journal has a change before the hub has read it. */
async function traceSettled(session: AdminSession, config: Config, target: TraceTarget): Promise<Trace> {
  const until = Date.now() + settleMs
  for (;;) {
    const trace = await traceRow(session, config, target)
    if (trace.verdict.state !== 'waiting' || Date.now() >= until) return trace
    await pause(lookEveryMs / 2)
  }
}

/** What is to be said when the journal got nothing: the row was not written, or it was and nobody saw it. */
function nothingCame(now: Trace, before: Trace, seconds: number): Trace {
  if (now.verdict.at === 'transaction' || now.verdict.at === 'triggers') return now
  const isWritten = now.xmin !== before.xmin
  const found = isWritten
    ? `the row was written meanwhile, and the journal has no change of it`
    : `nobody has changed the row within ${seconds} s, or not committed it`
  const journal = step('journal', isWritten ? 'dropped' : 'waiting', found, {
    hint: isWritten ? 'run: rtbridge doctor' : null,
  })
  const steps = now.steps.map(each => (each.name === 'journal' && each.state !== 'dropped' ? journal : each))
  return { ...now, steps, verdict: judgeSteps(steps) }
}

/** @throws RTB_COMMAND_USAGE for an event that no rule makes */
function checkEvent(event: string, { tables }: Config): void {
  const operations = ['INSERT', 'UPDATE', 'DELETE']
  const known = [...operations, ...tables.flatMap(({ events }) => events.map(({ eventType }) => eventType))]
  if (known.includes(event)) return
  const suggestion = closestWord(event, known)
  throw rtbridgeError('RTB_COMMAND_USAGE', { problem: `there is no event ${event}`, command, suggestion })
}
