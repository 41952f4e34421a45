import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installWasla } from '../support/wasla-database.ts'

const database = await createTestDatabase()
const serve = fileURLToPath(new URL('../../examples/wasla/serve.js', import.meta.url))

/** Starts the backend of the desks where it cannot work; what it said, line by line. */
async function refuse(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const ended = await promisify(execFile)(process.execPath, [serve], { env: { PORT: '0', ...env } }).catch(
    (error: { code: number; stderr: string }) => error,
  )
  expect(ended).toMatchObject({ code: 1 })
  return ended.stderr.trimEnd().split('\n')
}

test('the backend of the desks says in a sentence each that there is no database, no table, no port, and what to do', async () => {
  const nobody = `postgres://app_owner@127.0.0.1:${await findFreePort()}/wasla`
  expect(await refuse({ DATABASE_URL: nobody })).toEqual([
    expect.stringMatching(/^the database cannot be used: connect ECONNREFUSED/),
    expect.stringMatching(/^try: DATABASE_URL=.* PGPASSWORD/),
  ])
  expect(await refuse({ DATABASE_URL: database.url })).toEqual([
    'the database has no tables of the station',
    'try: psql --file schema.sql "$DATABASE_URL"',
  ])
  await installWasla(database)
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  expect(await refuse({ DATABASE_URL: database.url, PORT: String(port) })).toEqual([
    expect.stringMatching(/already in use/),
    'try: PORT=8081 node serve.js',
  ])
})
