import { randomBytes } from 'node:crypto'
import type { AdminSession } from '../../database/admin-session.ts'
import { confirm } from '../confirm.ts'
import { type CommandContext, commandDatabase, loadSettingsAloud, withSession } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { untilStopped } from '../stop-signals.ts'
import { measureServer, type ServerTimings } from './measure-server.ts'
import { measureWriters, type Share, type WriterRates } from './measure-writers.ts'
import type { Timing } from './time-rounds.ts'

interface BenchOptions {
  readonly rounds: number
  readonly write?: boolean
  readonly yes?: boolean
}

/** What the figures depend on, of the server. */
interface ServerFacts {
  readonly version: string
  readonly fsync: string
  readonly synchronousCommit: string
}

export async function runBench(context: CommandContext, options: BenchOptions): Promise<ExitCode> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  return withSession(config, async session => {
    const schema = `rtbridge_bench_${randomBytes(6).toString('hex')}`
    if (options.write === true) {
      await confirm(
        context,
        `make the schema ${schema}, write into it and drop it again`,
        options.yes === true,
      )
    }
    const database = commandDatabase(config)
    const facts = await readFacts(session)
    const timings = await measureServer(session, database, options.rounds)
    const { rounds } = options
    const measure = (signal: AbortSignal) => measureWriters(session, database, { rounds, schema, signal })
    const rates = options.write === true ? await untilStopped(measure) : null
    print(output, { facts, timings, rates })
    output.json({ version: 1, rounds, server: facts, timings_ms: timings, writers: rates })
    if (options.write !== true || rates !== null) return exitCodes.ok
    output.note(`stopped: the writers were not measured, and the schema ${schema} is gone`)
    return exitCodes.failure
  })
}

async function readFacts({ query }: AdminSession): Promise<ServerFacts> {
  // As it is without what this session has set for itself.
  const setting = async (name: string) =>
    (await query('SELECT reset_val AS value FROM pg_settings WHERE name = $1', [name]))[0]?.['value'] ?? ''
  return {
    version: await setting('server_version'),
    fsync: await setting('fsync'),
    synchronousCommit: await setting('synchronous_commit'),
  }
}

interface Found {
  readonly facts: ServerFacts
  readonly timings: ServerTimings
  readonly rates: WriterRates | null
}

function print(output: Output, { facts, timings, rates }: Found): void {
  output.print(
    `PostgreSQL ${facts.version}, fsync ${facts.fsync}, synchronous_commit ${facts.synchronousCommit}`,
  )
  output.print('')
  output.print(`${''.padEnd(28)}     p50      p99     most`)
  output.print(line('round trip', timings.roundTrip))
  output.print(line('where the database is', timings.snapshot))
  output.print(line('notification, until heard', timings.notification))
  output.print(line('flush of the WAL', timings.flush))
  output.print('')
  output.print(
    `PostgreSQL's part of bringing an event to a hub: ${describeSum(timings)}, when nothing else happens.`,
  )
  if (rates === null) return
  const { plain, shares, writers } = rates
  output.print('')
  output.print(
    `${writers} writers, transactions of one row: ${Math.round(plain)} a second without a trigger,`,
  )
  output.print(`  ${describe(shares.journalled)} with a journal,`)
  output.print(`  ${describe(shares.notified)} with a NOTIFY trigger`)
}

function line(name: string, timing: Timing | null): string {
  if (timing === null) return `${name.padEnd(28)}  not possible here`
  const cells = [timing.p50, timing.p99, timing.most].map(value => `${value.toFixed(2)} ms`.padStart(9))
  return name.padEnd(28) + cells.join('')
}

/** The bell and one read; without a bell half of the longest pause between reads as well. */
function describeSum({ notification, snapshot }: ServerTimings): string {
  return notification === null
    ? `up to 50 ms and ${snapshot.p50.toFixed(2)} ms`
    : `about ${(notification.p50 + snapshot.p50).toFixed(2)} ms`
}

function describe({ median, least, most }: Share): string {
  const [middle, low, high] = [median, least, most].map(part => Math.round(part * 100))
  return `${middle} % of that (${low} to ${high})`
}
