import { readSql } from '../../database/sql-file.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type Check, type Finding, type Look, problem, type Sight, warning } from './check.ts'
import { judgeMinor } from './judge-minor.ts'

/** A statement of ours that runs before the session has its own settings takes a few ms. */
const shortestTimeoutMs = 1_000

/** The server as such, whatever is installed in it. */
export const serverChecks: readonly Check[] = [
  {
    name: 'server',
    needsSchema: false,
    look: ({ server }) => {
      const number = Number(server['version_number'])
      const found = `PostgreSQL ${server['version']}, database ${server['database']}, as ${server['role']}`
      if (server['standby'] === 't') throw rtbridgeError('RTB_DATABASE_STANDBY', { detail: 'in recovery' })
      if (number < 130_000) throw rtbridgeError('RTB_DATABASE_TOO_OLD', { version: server['version'] ?? '' })
      if (number < 190_000) return { found }
      return { found, findings: [warning(`${found}: rtbridge is tested with PostgreSQL 13 to 18`, null)] }
    },
  },
  {
    name: 'server-minor',
    needsSchema: false,
    look: ({ server }) => {
      const finding = judgeMinor(Number(server['version_number']))
      return {
        found: `PostgreSQL ${server['version']} is of November 2025 or later`,
        findings: finding === null ? [] : [finding],
      }
    },
  },
  {
    name: 'pooler',
    needsSchema: false,
    look: ({ session }) => {
      const { message, hint } = rtbridgeError('RTB_DATABASE_POOLER', {})
      return { found: 'no pooler in between', findings: session.pooled ? [warning(message, hint)] : [] }
    },
  },
  {
    name: 'durability',
    needsSchema: false,
    look: ({ server }) => {
      const off = ['fsync', 'full_page_writes'].filter(name => server[name] === 'off')
      const findings = off.map(name =>
        warning(
          `${name} is off: after a power failure clients may have seen what the database has lost`,
          `ALTER SYSTEM SET ${name} = on; SELECT pg_reload_conf();`,
        ),
      )
      return { found: 'what is committed survives a crash', findings }
    },
  },
  { name: 'connections', needsSchema: false, look: lookAtConnections },
  { name: 'role-settings', needsSchema: false, look: lookAtRoleSettings },
  {
    name: 'autovacuum',
    needsSchema: false,
    look: ({ server }) => {
      const off = ['autovacuum', 'track_counts'].filter(name => server[name] === 'off')
      const findings = off.map(name =>
        warning(
          `${name} is off: the space of pruned changes is never used again`,
          `ALTER SYSTEM SET ${name} = on; SELECT pg_reload_conf();`,
        ),
      )
      return { found: 'autovacuum cleans up after pruning', findings }
    },
  },
]

/** Sessions that a hub holds when little happens. */
const sessionsOfHub = 6

/** Room for the sessions of a hub, in the server as a whole and by the limits of role and database. */
function lookAtConnections({ server, limits }: Sight): Look {
  const numberOf = (name: string) => Number(server[name] ?? -1)
  const [used, limit] = [numberOf('connections'), numberOf('connection_limit')]
  const found = `${used} of ${limit} connections in use`
  const findings: Finding[] = []
  if (used >= limit * limits.connectionShare || limit - used < sessionsOfHub) {
    const fix = `ALTER SYSTEM SET max_connections = ${limit * 2}; -- then restart PostgreSQL; a hub needs up to 15`
    findings.push(warning(`${found}: a hub may find none when it reconnects`, fix))
  }
  for (const [kind, name] of [
    ['role', server['role']],
    ['database', server['database']],
  ] as const) {
    const [most, held] = [numberOf(`${kind}_limit`), numberOf(`${kind}_connections`)]
    // -1 = no limit.
    if (most < 0 || most - held >= sessionsOfHub) continue
    const fix = `ALTER ${kind.toUpperCase()} "${(name ?? '').replaceAll('"', '""')}" CONNECTION LIMIT -1;`
    findings.push(
      warning(
        `${held} of the ${most} connections that ${kind} ${name} may have are in use: a hub needs ${sessionsOfHub} to 15`,
        fix,
      ),
    )
  }
  return { found, findings }
}

async function lookAtRoleSettings({ session, server }: Sight) {
  const timeoutMs = Number(server['statement_timeout_ms'])
  const findings = []
  if (server['read_only'] === 'on') {
    const fix = await resetOf('default_transaction_read_only', 'on', { session, server })
    findings.push(
      problem(`transactions of ${server['role']} are read-only: the hub can neither prune nor publish`, fix),
    )
  }
  if (timeoutMs > 0 && timeoutMs < shortestTimeoutMs) {
    const fix = `ALTER ROLE "${(server['role'] ?? '').replaceAll('"', '""')}" SET statement_timeout = '30s';`
    findings.push(
      warning(
        `statement_timeout of ${server['role']} is ${timeoutMs} ms: a busy server may need longer for a connection`,
        fix,
      ),
    )
  }
  const found =
    timeoutMs === 0
      ? `no time-out ends statements of ${server['role']}`
      : `a hub lifts the statement_timeout of ${server['role']} (${timeoutMs} ms) for its own sessions`
  return { found, findings }
}

/** The statement that takes back a setting, from whoever gave it. */
async function resetOf(name: string, value: string, { session, server }: Pick<Sight, 'session' | 'server'>) {
  const rows = await session.query(readSql('query/list_role_settings.sql'), [name, value])
  const ours = rows.find(row => row['role'] === null || row['role'] === server['role'])
  // First for the session that runs it: without that it could not even be taken back.
  return `SET ${name} = off; ${ours?.['reset'] ?? `ALTER SYSTEM RESET ${name}; SELECT pg_reload_conf();`}`
}
