import { readSql } from '../../database/sql-file.ts'
import type { TextRow } from '../../database/text-values.ts'
import { type Check, type Finding, problem, type Sight, warning } from './check.ts'

/** Ways for rows to change without our triggers seeing it. */
export const blindSpotChecks: readonly Check[] = [
  { name: 'replica-sessions', needsSchema: true, look: lookAtReplicaSessions },
  {
    name: 'subscriptions',
    needsSchema: true,
    look: async ({ session }) => {
      const relations = await session.query(readSql('query/list_captured_relations.sql'))
      const findings = relations.flatMap(row => {
        const subscriptions = JSON.parse(row['subscriptions'] ?? '[]') as string[]
        const what = `${row['relation']} is written to by subscription ${subscriptions.join(', ')}, whose changes the triggers do not see`
        return subscriptions.length === 0 || row['always'] == null ? [] : [problem(what, row['always'])]
      })
      return { found: 'no logical subscription writes past the triggers', findings }
    },
  },
  {
    name: 'unlogged-tables',
    needsSchema: true,
    look: async ({ session }) => {
      const relations = await session.query(readSql('query/list_captured_relations.sql'))
      const findings = relations
        .filter(row => row['unlogged'] === 't')
        .map(({ relation }) =>
          warning(
            `${relation} is unlogged: a crash empties it without an event`,
            `ALTER TABLE ${relation} SET LOGGED;`,
          ),
        )
      return { found: 'no captured table is emptied by a crash', findings }
    },
  },
  {
    name: 'kin',
    needsSchema: true,
    look: async ({ session }) => {
      const rows = await session.query(readSql('query/list_uncaptured_kin.sql'))
      return {
        found: 'partitions and children of captured tables are captured',
        findings: [
          ...describeTruncates(rows),
          ...rows.filter(row => row['kind'] !== 'truncate').map(describeKin),
        ],
      }
    },
  },
]

/** One finding for each partitioned table, however many partitions it has. */
function describeTruncates(rows: readonly TextRow[]): Finding[] {
  const truncates = rows.filter(row => row['kind'] === 'truncate')
  return [...new Set(truncates.map(row => row['captured']))].map(captured => {
    const partitions = truncates.filter(row => row['captured'] === captured)
    const [first] = partitions
    const which =
      partitions.length === 1
        ? `${first?.['relation']}, a partition of ${captured},`
        : `any of ${partitions.length} partitions of ${captured}, such as ${first?.['relation']},`
    const fix = partitions.map(row => row['fix']).join('\n')
    return warning(`TRUNCATE of ${which} is not seen; that of ${captured} is`, fix)
  })
}

function describeKin({ kind, relation, captured }: TextRow): Finding {
  const add = 'name it under `tables:` in rtbridge.yaml, then: rtbridge install-triggers'
  return kind === 'child'
    ? warning(`${relation} inherits from ${captured}, and its own rows are not captured`, add)
    : warning(
        `${relation} has the columns of ${captured} and is not captured: if it is a detached partition that is still written to, its changes are lost`,
        `ALTER TABLE ${captured} ATTACH PARTITION ${relation} …; or ${add}`,
      )
}

/** Sessions that run as replica pass every trigger that is not ENABLE ALWAYS. */
async function lookAtReplicaSessions({ session, server }: Sight) {
  const found = 'no role or database skips triggers by default'
  const relations = await session.query(readSql('query/list_captured_relations.sql'))
  if (relations.every(row => row['always'] == null)) return { found }
  const rows = await session.query(readSql('query/list_role_settings.sql'), [
    'session_replication_role',
    'replica',
  ])
  const findings = rows.map(row =>
    problem(
      `session_replication_role is replica for ${row['holder']}: the triggers skip its changes`,
      row['reset'] ?? null,
    ),
  )
  if (findings.length === 0 && server['session_replication_role'] === 'replica') {
    const fix = 'ALTER SYSTEM RESET session_replication_role; SELECT pg_reload_conf();'
    findings.push(problem('session_replication_role is replica for the whole server: no trigger fires', fix))
  }
  return { found, findings }
}
