import { expect, test } from 'vitest'
import { urlFromPostgresEnvironment } from '../../src/config/postgres-environment.ts'
import { redactUrl } from '../../src/config/redact.ts'

test.each([
  ['postgresql://me:hunter2@db:5432/x', 'postgresql://me:***@db:5432/x'],
  ['postgresql://me:hunt@er2/hunter2@db/x', 'postgresql://me:***@db/x'],
  ['postgresql://:hunter2@db/x', 'postgresql://:***@db/x'],
  ['postgresql://me@db/x', 'postgresql://me@db/x'],
  [
    'postgresql://db/x?user=me&password=hunter2&sslmode=require',
    'postgresql://db/x?user=me&password=***&sslmode=require',
  ],
  ['host=db password=hunter2', '***'],
  ['me:hunter2@db', '***'],
  ['/run/postgresql', '/run/postgresql'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})

test.each([
  [
    { PGHOST: 'db', PGPORT: '5433', PGUSER: 'a b', PGPASSWORD: 'p@/', PGDATABASE: 'x' },
    'postgresql://a%20b:p%40%2F@db:5433/x',
  ],
  [{ PGHOST: '/run/postgresql', PGDATABASE: 'x' }, 'postgresql:///x?host=%2Frun%2Fpostgresql'],
  [{ PGHOSTADDR: '::1' }, 'postgresql://[::1]/'],
  [{ PGUSER: 'me', PGSSLMODE: 'require' }, 'postgresql://me@localhost/?sslmode=require'],
])('%j becomes %s', (env, url) => {
  expect(urlFromPostgresEnvironment(env)?.url).toBe(url)
})

test('no PG* variable, no url', () => {
  expect(urlFromPostgresEnvironment({ PGHOST: '' })).toBeNull()
})
