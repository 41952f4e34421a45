import type { ProposedTable } from './propose-tables.ts'

export interface RenderOptions {
  /** Name of the database, for the first line. */
  readonly database: string
  /** True when `DATABASE_URL` named it; else the `PG*` variables or `RTBRIDGE_DATABASE_URL` did. */
  readonly fromDatabaseUrl: boolean
  readonly tables: readonly ProposedTable[]
}

/** Writes a proposal as a commented `rtbridge.yaml`. */
export function renderConfig({ database, fromDatabaseUrl, tables }: RenderOptions): string {
  const sure = tables.filter(({ doubt }) => doubt === null)
  const doubtful = tables.filter(({ doubt }) => doubt !== null)
  const parts = [
    header(database),
    databaseSection(fromDatabaseUrl),
    hubSection,
    tablesHeader + (sure.length === 0 ? 'tables: {}' : 'tables:'),
    ...sure.map(renderTable),
    ...(doubtful.length === 0 ? [] : ['  # Not proposed; uncomment what you want to hear of.']),
    ...doubtful.map(table => commentOut(renderTable(table))),
  ]
  return `${parts.join('\n\n')}\n`
}

function header(database: string): string {
  return `# What rtbridge captures and which events it makes, proposed by \`rtbridge init\` for the database ${oneLine(database)}.
# Change it as you like, then:
#   rtbridge config check
#   rtbridge install-triggers
#   rtbridge serve`
}

function databaseSection(fromDatabaseUrl: boolean): string {
  const why = `# \${NAME} takes the value of an environment variable: passwords stay out of this file.`
  if (fromDatabaseUrl) return `${why}\ndatabase:\n  url: "\${DATABASE_URL}"`
  return `# Without an url, RTBRIDGE_DATABASE_URL or PGHOST, PGUSER, PGDATABASE and the like say where the database is.
${why}
# database:
#   url: "\${DATABASE_URL}"`
}

const hubSection = `# Where apps connect. 0.0.0.0 lets the other machines of the office in, 127.0.0.1 only this one.
hub:
  host: 0.0.0.0
  port: 8765

# Who may connect. open: every machine of the office, without a password; on private networks only.
# key: apps with one of the keys that \`rtbridge token create <name>\` makes. jwt: users with a token of your sign-in service.
auth:
  mode: open`

const tablesHeader = `# Each change of a row makes a table event (INSERT, UPDATE, DELETE) and a business event for every rule that fits.
# \`when\` is a CEL condition with the row before (\`old\`), the row after (\`new\`) and \`op\`; \`data\` replaces the row by a
# few fields; \`rooms\` sends an event to the members of rooms only.
`

function renderTable(table: ProposedTable): string {
  const { stem, channel, exclude, statusColumns, doubt, remarks } = table
  const lines = [...(doubt === null ? remarks : [doubt, ...remarks]).map(text => `  # ${oneLine(text)}`)]
  lines.push(`  ${tableKey(table)}:`)
  lines.push(
    `    # The name for all events of this table: { "channels": [${JSON.stringify(channel)}] } in a subscription.`,
  )
  lines.push(`    channel: ${scalar(channel)}`)
  if (exclude.length > 0) {
    lines.push('    # These look secret. Excluded columns never leave the database.')
    lines.push(`    exclude: [${exclude.map(scalar).join(', ')}]`)
  }
  lines.push('    events:')
  lines.push(`      ${stem}_CREATED: { on: insert }`)
  lines.push(`      ${stem}_UPDATED: { on: update }`)
  lines.push(`      ${stem}_DELETED: { on: delete }`)
  for (const column of statusColumns) {
    const when = `old.${column} != new.${column}`
    lines.push(`      # ${stem}_${column.toUpperCase()}_CHANGED: { on: update, when: "${when}" }`)
  }
  return lines.join('\n')
}

/** A table pattern as a YAML key. */
function tableKey({ schema, name }: ProposedTable): string {
  return scalar(schema === 'public' ? quotePart(name) : `${quotePart(schema)}.${quotePart(name)}`)
}

/** A part of a table pattern that means this one name: quoted when a character in it would be special. */
function quotePart(name: string): string {
  return /[".*?\s]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

/** Plain where YAML surely reads a text, else in double quotes, which JSON's are; \`\${\` is no reference then. */
function scalar(text: string): string {
  const isPlain =
    /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return isPlain ? text : JSON.stringify(text).replaceAll('${', '$${')
}

function commentOut(text: string): string {
  return text.replace(/^ {2}(# )?/gm, '  # ')
}

/** Names may hold line ends, and a comment ends with its line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}
