import { hubLock } from '../../capture/advisory-locks.ts'
import { readSql } from '../../database/sql-file.ts'
import { formatBytes } from '../format-bytes.ts'
import { type Check, type Finding, problem, type Sight, warning } from './check.ts'

/** What the journal and the doorbell live on. */
export const journalChecks: readonly Check[] = [
  { name: 'journal', needsSchema: true, look: lookAtJournal },
  { name: 'long-transactions', needsSchema: false, look: lookAtLongTransactions },
  { name: 'notification-queue', needsSchema: false, look: lookAtQueue },
  {
    name: 'prepared-transactions',
    needsSchema: false,
    look: ({ server, config }) => {
      const isRinging = config.database.doorbell === 'on'
      const most = Number(server['max_prepared_transactions'])
      if (most === 0 || !isRinging) return { found: 'no PREPARE TRANSACTION can meet the doorbell' }
      const what = `max_prepared_transactions is ${most}: a transaction that rang the doorbell cannot be prepared, and the application's PREPARE TRANSACTION fails`
      const fix = 'database: { doorbell: off }   # in rtbridge.yaml of every hub, if an application uses it'
      return { found: '', findings: [warning(what, fix)] }
    },
  },
]

async function lookAtJournal({ session, limits }: Sight) {
  const [row = {}] = await session.query(readSql('query/inspect_journal.sql'), hubLock.map(String))
  const numberOf = (name: string) => Number(row[name] ?? 0)
  const [live, most, file] = [numberOf('live_bytes'), numberOf('max_bytes'), numberOf('file_bytes')]
  const found = `about ${formatBytes(live)} of at most ${formatBytes(most)}, file ${formatBytes(file)}`
  const prune = `SELECT rtbridge.prune(100000); -- again until it returns 0; \`rtbridge serve\` does it every minute`
  const findings: Finding[] = []
  if (row['unlogged'] === 't') {
    const fix = 'ALTER TABLE rtbridge.journal SET LOGGED;'
    findings.push(problem('the journal is unlogged: a crash empties it', fix))
  }
  if (row['row_security'] === 't') {
    const fix = 'ALTER TABLE rtbridge.journal DISABLE ROW LEVEL SECURITY;'
    findings.push(problem('row level security is on for the journal: hubs may not see every change', fix))
  }
  if (numberOf('overdue_ms') > limits.overdueMs) {
    const hours = (numberOf('overdue_ms') / 3_600_000).toFixed(1)
    const why = numberOf('hubs') === 0 ? 'no hub runs that would prune' : 'see long-transactions'
    findings.push(
      warning(`rows are still there ${hours} h after their retention: ${why}`, prune, { kind: 'prune' }),
    )
  }
  if (live > most * 1.2)
    findings.push(warning(`the journal is above its limit: ${found}`, prune, { kind: 'prune' }))
  if (file > limits.looseFileBytes && file > live * 4) {
    const fix = 'VACUUM (ANALYZE) rtbridge.journal; -- blocks nobody; the space is then used again'
    findings.push(warning(`most of the journal's file is empty space: ${found}`, fix))
  }
  return { found, findings }
}

async function lookAtLongTransactions(sight: Sight) {
  if (sight.server['sees_sessions'] !== 't') return blind(sight)
  const minutes = Math.round(sight.limits.longTransactionMs / 60_000)
  const rows = await findLongTransactions(sight, sight.limits.longTransactionMs)
  const findings = rows
    .filter(row => row['keeps'] === 't')
    .map(({ what, seconds, fix }) =>
      warning(`${what}, open for ${seconds} s, keeps old rows from being pruned or cleaned up`, fix ?? null),
    )
  return { found: `no transaction is open for more than ${minutes} min`, findings }
}

async function lookAtQueue(sight: Sight) {
  const share = Number(sight.server['queue_usage'])
  const found = `${(share * 100).toFixed(share < 0.01 ? 0 : 1)} % of the notification queue in use`
  if (share < sight.limits.queueShare) return { found }
  // A queue that fills is held by a session that LISTENs and does not end its transaction.
  const [oldest] = (await findLongTransactions(sight, 0)).filter(row => row['here'] === 't')
  const why =
    oldest == null
      ? 'a session that LISTENs does not end its transaction'
      : `the oldest transaction is that of ${oldest['what']}, open for ${oldest['seconds']} s`
  const what = `${found}; when it is full, every NOTIFY fails: ${why}`
  return {
    found,
    findings: [share < 0.5 ? warning(what, oldest?.['fix'] ?? null) : problem(what, oldest?.['fix'] ?? null)],
  }
}

function findLongTransactions({ session }: Sight, ageMs: number) {
  return session.query(readSql('query/list_long_transactions.sql'), [String(ageMs)])
}

function blind({ server }: Sight) {
  const role = (server['role'] ?? '').replaceAll('"', '""')
  const found = `this role does not see other sessions; as a superuser: GRANT pg_read_all_stats TO "${role}";`
  return { found, skipped: true }
}
