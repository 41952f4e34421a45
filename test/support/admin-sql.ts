import { Client } from 'pg'

/** Runs statements one after the other on a connection of their own, outside of any transaction. */
export async function runAdminSql(url: string, statements: readonly string[]): Promise<void> {
  await withClient(url, async client => {
    for (const statement of statements) await client.query(statement)
  })
}

/** Runs one statement on a connection of its own, and gives its rows. */
export function readRows(url: string, statement: string): Promise<Record<string, unknown>[]> {
  return withClient(url, async client => (await client.query(statement)).rows)
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, application_name: 'rtbridge test support' })
  // A server that ends between two statements; the statement under way rejects by itself.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${encodeURIComponent(database)}`
  return changed.href
}
