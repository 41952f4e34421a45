import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../sql/', import.meta.url)
const cache = new Map<string, string>()

/**
 * The text of a file below `sql/`, read once; of a query without what stands above it for its readers, which the server would
 * have to read each time.
 * @param path relative, for example `query/read_journal.sql`
 */
export function readSql(path: string): string {
  let text = cache.get(path)
  if (text === undefined) {
    text = readFileSync(new URL(path, root), 'utf8')
    if (path.startsWith('query/')) text = text.replace(/^(?:--.*\n)+/, '')
    cache.set(path, text)
  }
  return text
}

/** The install files in order; their number is the version of the schema this rtbridge needs. */
export function installFiles(): string[] {
  return readdirSync(new URL('install/', root))
    .filter(name => name.endsWith('.sql'))
    .sort()
}
