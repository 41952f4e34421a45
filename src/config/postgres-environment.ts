type Environment = Readonly<Record<string, string | undefined>>

/** Variables of libpq that say where the database is. */
const variables = [
  'PGHOST',
  'PGHOSTADDR',
  'PGPORT',
  'PGUSER',
  'PGPASSWORD',
  'PGDATABASE',
  'PGSSLMODE',
] as const

/**
 * The database that the `PG*` variables name, as an URL, and the variables it was made from; null when none is set.
 * @see https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function urlFromPostgresEnvironment(env: Environment): { url: string; from: string } | null {
  const used = variables.filter(name => (env[name] ?? '') !== '')
  if (used.length === 0) return null
  const value = (name: (typeof variables)[number]) => encodeURIComponent(env[name] ?? '')
  const host = env['PGHOST'] ?? env['PGHOSTADDR'] ?? ''
  const parameters = new URLSearchParams()
  // A socket directory cannot stand in the host part of an URL.
  if (host.startsWith('/')) parameters.set('host', host)
  if ((env['PGSSLMODE'] ?? '') !== '') parameters.set('sslmode', env['PGSSLMODE'] ?? '')
  const password = value('PGPASSWORD') === '' ? '' : `:${value('PGPASSWORD')}`
  const user = value('PGUSER') === '' && password === '' ? '' : `${value('PGUSER')}${password}@`
  const authority = host.startsWith('/') ? '' : host.includes(':') ? `[${host}]` : host || 'localhost'
  const port = value('PGPORT') === '' ? '' : `:${value('PGPORT')}`
  const query = parameters.size === 0 ? '' : `?${parameters}`
  return {
    url: `postgresql://${user}${authority}${port}/${value('PGDATABASE')}${query}`,
    from: used.join(', '),
  }
}
