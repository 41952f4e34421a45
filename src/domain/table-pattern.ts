/** Which tables a rule speaks of: `bookings`, `sales.*`, `"Odd Name"`, `"my.schema"."t"`. */
export interface TablePattern {
  readonly source: string
  /** Regular expressions over the whole name. */
  readonly schema: RegExp
  readonly name: RegExp
  /** True when it can match one table only. */
  readonly exact: boolean
  /** That one table; null for a glob. */
  readonly table: { readonly schema: string; readonly name: string } | null
}

/** A part of a pattern: quoted (nothing in it is special, `""` is a quote), or bare with `*` and `?`. */
const part = /^(?:"((?:[^"]|"")+)"|([^".\s]+))/

/**
 * Reads a table pattern. Without a schema it speaks of `public`. Names are taken as they are written: there is no
 * folding to lower case, so `Bookings` is the table that psql needs quotes for. `*` stands for any characters and
 * `?` for one, except in quotes.
 *
 * @returns null when it is not a pattern
 */
export function parseTablePattern(source: string): TablePattern | null {
  const first = part.exec(source)
  if (first === null) return null
  const rest = source.slice(first[0].length)
  if (rest === '') return createPattern(source, null, first)
  const second = rest.startsWith('.') ? part.exec(rest.slice(1)) : null
  if (second === null || second[0].length !== rest.length - 1) return null
  return createPattern(source, first, second)
}

/** True when the pattern speaks of this table. */
export function matchesTable(
  pattern: TablePattern,
  table: { readonly schema: string; readonly name: string },
): boolean {
  return pattern.schema.test(table.schema) && pattern.name.test(table.name)
}

/**
 * Chooses what applies to a table: a pattern that names it exactly wins over globs, among equals the first.
 * Exactly one applies; patterns are not merged.
 */
export function chooseForTable<Candidate extends { readonly pattern: TablePattern }>(
  candidates: readonly Candidate[],
  table: { readonly schema: string; readonly name: string },
): Candidate | null {
  const matching = candidates.filter(({ pattern }) => matchesTable(pattern, table))
  return matching.find(({ pattern }) => pattern.exact) ?? matching[0] ?? null
}

function createPattern(source: string, schema: RegExpExecArray | null, name: RegExpExecArray): TablePattern {
  const texts = [schema?.[2] ?? '', name[2] ?? '']
  const exact = !texts.some(text => /[*?]/.test(text))
  return {
    source,
    schema: schema === null ? /^public$/ : partPattern(schema),
    name: partPattern(name),
    exact,
    table: exact ? { schema: schema === null ? 'public' : plainName(schema), name: plainName(name) } : null,
  }
}

function plainName([, quoted, bare = '']: RegExpExecArray): string {
  return quoted === undefined ? bare : quoted.replaceAll('""', '"')
}

function partPattern([, quoted, bare = '']: RegExpExecArray): RegExp {
  if (quoted !== undefined) return new RegExp(`^${quoteLiteral(quoted.replaceAll('""', '"'))}$`, 'su')
  // Runs of stars count as one: repeated they would only make the built-in engine go back more often.
  const globs = bare
    .split(/(\*+|\?)/)
    .map(text => (text.startsWith('*') ? '.*' : text === '?' ? '.' : quoteLiteral(text)))
  return new RegExp(`^${globs.join('')}$`, 'su')
}

function quoteLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
