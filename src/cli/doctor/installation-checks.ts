import type { AdminSession } from '../../database/admin-session.ts'
import { readSql } from '../../database/sql-file.ts'
import { counted } from '../../domain/counted.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import { checkSchema } from '../../install/check-schema.ts'
import { describeStep } from '../install/describe-plan.ts'
import { makePlan } from '../install/make-plan.ts'
import { type Check, problem, type Sight, warning } from './check.ts'

/** What `install-triggers` has made, and whether it is as the configuration asks for. */
export const installationChecks: readonly Check[] = [
  {
    name: 'rights',
    needsSchema: true,
    look: async ({ session, server }) => {
      const rows = await session.query(readSql('query/list_missing_rights.sql'))
      const fix = rows.map(row => row['fix'] ?? '').join(' ')
      const what = `${server['role']} lacks ${counted(rows.length, 'right')} on the journal that a hub needs`
      return {
        found: `${server['role']} has the rights a hub needs`,
        findings: rows.length === 0 ? [] : [problem(what, fix)],
      }
    },
  },
  { name: 'live-tables', needsSchema: true, look: lookAtLiveTables },
  {
    name: 'schema',
    needsSchema: false,
    look: async ({ session }) => {
      await checkSchema(session)
      return { found: 'the journal is installed and of this version' }
    },
  },
  {
    name: 'journal-write',
    needsSchema: true,
    look: async ({ session }) => {
      try {
        await tryJournal(session)
      } catch (error) {
        if (!isDiskFull(error)) throw error
        const what = `a change cannot be journalled, and no application can write: the disk of the database is full (${messageOf(error)})`
        return {
          found: what,
          findings: [
            problem(
              what,
              'df -h   # on the machine of the database; make room there (never in pg_wal), PostgreSQL then goes on by itself',
            ),
          ],
        }
      }
      return { found: 'a change can be journalled (tried, and rolled back)' }
    },
  },
  { name: 'tables', needsSchema: true, look: lookAtTables },
]

/** Most tables that are named; the fix is for all of them. */
const maxNamed = 5

/** Who uses no live tables needs no such right, and leaves it out on purpose. */
async function lookAtLiveTables({ session, server }: Sight) {
  const rows = await session.query(readSql('query/list_unreadable_tables.sql'), [null])
  const named = rows.slice(0, maxNamed).map(({ relation }) => relation)
  const others = rows.length > maxNamed ? ` and ${counted(rows.length - maxNamed, 'other')}` : ''
  const what = `live tables: ${server['role']} may not SELECT all of ${named.join(', ')}${others}, so the hub refuses these`
  // The comment tells it from the rights that every hub needs, also for what collects these from the output.
  const fix = `/* for live tables: */ ${rows.map(row => row['fix']).join(' ')}`
  return {
    found: `${server['role']} may read all captured tables, as live tables do`,
    findings: rows.length === 0 ? [] : [warning(what, fix)],
  }
}

/** Longest wait for a lock that somebody holds on the journal, ms. */
const lockTimeoutMs = 5_000

/** Writes an event and takes it back: the whole way of a change, rights, disk and locks included. */
async function tryJournal(session: AdminSession): Promise<void> {
  const takeBack = new Error('taken back')
  const trial = session.transaction(lockTimeoutMs, async query => {
    await query(`SELECT rtbridge.publish('RTBRIDGE_DOCTOR')`)
    throw takeBack
  })
  await trial.catch(error => {
    if (error !== takeBack) throw error
  })
}

/** 53100 disk_full. The code is that of the server, the error is ours. */
function isDiskFull(error: unknown): boolean {
  return error instanceof Error && (error.cause as { code?: unknown } | undefined)?.code === '53100'
}

function messageOf(error: unknown): string {
  return toRtbridgeError(error, 'doctor').message
}

/** The judgement of `install-triggers --check`, word for word. */
async function lookAtTables({ config, catalogue }: Sight) {
  if (config.tables.length === 0) return { found: 'no tables are configured: whatever is captured is served' }
  // Whether the doorbell fits the server has a check of its own.
  const database = { ...config.database, doorbell: 'off' as const }
  const plan = makePlan(await catalogue(), { ...config, database })
  const differences = plan.steps.filter(step => step.kind !== 'migrate')
  // What captures a table anew may be missing in an older schema.
  const isOutdated = differences.length < plan.steps.length
  const findings = differences.map(step => {
    const what = `install-triggers would ${describeStep(step)}`
    return step.kind === 'capture'
      ? problem(what, 'rtbridge install-triggers', isOutdated ? undefined : { kind: 'recapture' })
      : warning(what, 'rtbridge install-triggers')
  })
  const captured = plan.unchanged.length
  return {
    found: `${counted(captured, 'table')} captured as configured`,
    findings: [...findings, ...plan.notes.map(note => warning(note, null))],
  }
}
