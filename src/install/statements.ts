import { readSql } from '../database/sql-file.ts'
import type { InstallPlan, InstallStep, TableName } from './plan.ts'
import { defaultLockPolicy } from './retry-locked.ts'

/** `"schema"."table"`, quoted for any name. */
export function quoteTable({ schema, name }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/** The statements of a step, without the transaction around them. Migrations are run by `migrateSchema` instead. */
export function statementOf(step: Exclude<InstallStep, { kind: 'migrate' }>): string {
  switch (step.kind) {
    case 'capture': {
      const { keyColumns, excluded, maxRowBytes } = step.target
      const table = quoteLiteral(quoteTable(step.target))
      const gap = step.missed ? 'rtbridge.tell_gap(), ' : ''
      return `SELECT ${gap}rtbridge.capture_table(${table}, ${textArray(keyColumns)}, ${textArray(excluded)}, ${maxRowBytes})`
    }
    case 'release':
      return `SELECT rtbridge.release_table(${quoteLiteral(quoteTable(step.table))})`
  }
}

/** The whole plan as a script for psql: the same objects as the command makes, each table in its own transaction. */
export function renderScript(plan: InstallPlan): string {
  const parts = plan.steps.flatMap(step =>
    step.kind === 'migrate' ? step.files.map(renderMigration) : [renderTransaction(`${statementOf(step)};`)],
  )
  return `${['\\set ON_ERROR_STOP on', ...parts].join('\n\n')}\n`
}

/** Statements as a transaction of a script. It leaves the settings of the session as they are. */
export function renderTransaction(statements: string): string {
  const settings = `SET LOCAL search_path = pg_catalog;\nSET LOCAL lock_timeout = ${defaultLockPolicy.timeoutMs};`
  return `BEGIN;\n${settings}\n${statements}\nCOMMIT;`
}

function renderMigration(file: string): string {
  const record = `INSERT INTO rtbridge.migration (name, batch, migration_time) VALUES (${quoteLiteral(file)}, 1, now());`
  const lead = file.startsWith('0001') ? readSql('query/prepare_migrations.sql') : ''
  return renderTransaction(`${lead}\n${readSql(`install/${file}`)}\n${record}`)
}

function textArray(values: readonly string[]): string {
  return `ARRAY[${values.map(quoteLiteral).join(', ')}]::text[]`
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
