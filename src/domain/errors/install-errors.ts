import { counted } from '../counted.ts'
import { define } from './define.ts'

/** Installing, checking or using the triggers and the journal. */
export const installErrors = {
  RTB_INSTALL_MISSING: define<object>({
    actor: 'operator',
    message: () => 'the journal is not installed in this database',
    hint: () => 'run: rtbridge install-triggers',
  }),
  RTB_INSTALL_OUTDATED: define<{ installed: number; needed: number }>({
    actor: 'operator',
    message: ({ installed, needed }) =>
      `the installed schema is version ${installed}, this rtbridge needs ${needed}`,
    hint: () => 'run: rtbridge install-triggers',
  }),
  RTB_INSTALL_NEWER: define<{ installed: number; needed: number }>({
    actor: 'operator',
    message: ({ installed, needed }) =>
      `the installed schema is version ${installed}, this rtbridge knows only ${needed}`,
    hint: () => 'update rtbridge on this machine to the version that installed the triggers',
  }),
  RTB_INSTALL_FOREIGN_SCHEMA: define<object>({
    actor: 'operator',
    message: () => 'a schema named rtbridge exists that rtbridge did not make',
    hint: () => 'rename that schema, or drop it if nothing uses it',
  }),
  RTB_INSTALL_NOTHING_SELECTED: define<{ patterns: string }>({
    actor: 'operator',
    message: ({ patterns }) => `no table matches ${patterns}`,
    hint: () => 'list the tables to capture under `tables:` in rtbridge.yaml; `rtbridge init` proposes them',
  }),
  RTB_INSTALL_TABLE_MISSING: define<{ pattern: string; at: string; similar: string | null }>({
    actor: 'operator',
    message: ({ pattern, at }) => `${at}: table ${pattern} does not exist`,
    hint: ({ similar }) => (similar === null ? 'check its name and schema' : `did you mean ${similar}?`),
  }),
  RTB_INSTALL_EXCLUDED_COLUMN: define<{ table: string; column: string; problem: string }>({
    actor: 'operator',
    message: ({ table, column, problem }) => `${table}: cannot exclude column ${column}: ${problem}`,
    hint: () =>
      'correct `exclude` of this table in rtbridge.yaml; if the column was renamed, its values are captured and sent until then',
  }),
  RTB_INSTALL_NOT_OWNER: define<{ table: string; owner: string; role: string }>({
    actor: 'operator',
    message: ({ table, owner, role }) => `${table} belongs to ${owner}; ${role} may not put triggers on it`,
    hint: ({ owner, role }) => `run the command as ${owner}, or: GRANT ${owner} TO ${role}`,
  }),
  RTB_INSTALL_NO_CREATE: define<{ role: string; database: string }>({
    actor: 'operator',
    message: ({ role, database }) => `${role} may not create a schema in the database ${database}`,
    hint: ({ role, database }) =>
      `as the owner of the database: GRANT CREATE ON DATABASE "${database}" TO "${role}"`,
  }),
  RTB_INSTALL_LOCKED: define<{ table: string; attempts: number }>({
    actor: 'operator',
    message: ({ table, attempts }) => `${table} is in use: no lock on it in ${attempts} attempts`,
    hint: () =>
      'a long transaction holds it (see pg_stat_activity); run install-triggers again when it has ended',
  }),
  RTB_INSTALL_DRIFT: define<{ count: number }>({
    actor: 'operator',
    message: ({ count }) => `${counted(count, 'difference')} between the configuration and what is installed`,
    hint: () => 'run: rtbridge install-triggers',
  }),
} as const
