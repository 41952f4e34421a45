import { beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { runCli } from './run-cli.ts'

const database = await createTestDatabase()
const env = { RTBRIDGE_DATABASE_URL: database.url }

beforeEach(() => database.query('DELETE FROM rtbridge.journal'))

describe('rtbridge publish', () => {
  test('puts an event into the journal and prints its seq', async () => {
    const { code, stdout } = await runCli(
      ['publish', 'SYSTEM_WARNING', '{"text": "closing"}', '--room', 'desks'],
      { env },
    )
    expect(code).toBe(0)
    const [row] = await published()
    expect(row?.new_row).toEqual({ event_type: 'SYSTEM_WARNING', room: 'desks', data: { text: 'closing' } })
    expect(stdout).toBe(`published SYSTEM_WARNING as seq ${row?.seq}\n`)
  })

  test('takes the data from standard input, and keeps every digit', async () => {
    const stdin = '{"amount": 10.10, "id": 9007199254740993}\n'
    const { code } = await runCli(['publish', 'PAID', '-'], { env, stdin })
    expect(code).toBe(0)
    const { rows } = await database.query(
      `SELECT new_row -> 'data' ->> 'id' AS id, new_row -> 'data' ->> 'amount' AS amount FROM rtbridge.journal`,
    )
    expect(rows).toEqual([{ id: '9007199254740993', amount: '10.10' }])
  })

  test('tags the event with its origin', async () => {
    await runCli(['publish', 'HELLO', '--origin', 'desk-3'], { env })
    expect((await published())[0]?.origin).toBe('desk-3')
  })

  test('answers in JSON', async () => {
    const { stdout } = await runCli(['publish', 'HELLO', '--json'], { env })
    expect(JSON.parse(stdout)).toEqual({ version: 1, event_type: 'HELLO', seq: (await published())[0]?.seq })
  })

  test.each(['{text}', ''])('refuses data that is not JSON: %j', async data => {
    const { code, stderr } = await runCli(['publish', 'HELLO', data], { env })
    expect(code).toBe(2)
    expect(stderr).toContain('RTB_PUBLISH_NOT_JSON')
    expect(await published()).toEqual([])
  })

  test.each(['INSERT', '1ST', 'A B'])('refuses the event type %j', async type => {
    const { code, stderr } = await runCli(['publish', type], { env })
    expect(code).toBe(2)
    expect(stderr).toContain('RTB_PUBLISH_EVENT_TYPE')
  })

  test('says that nothing is installed', async () => {
    const url = new URL(database.url)
    url.pathname = '/postgres'
    const { code, stderr } = await runCli(['publish', 'HELLO'], { env: { RTBRIDGE_DATABASE_URL: url.href } })
    expect(code).toBe(5)
    expect(stderr).toContain('error RTB_INSTALL_MISSING')
    expect(stderr).toContain('try: rtbridge install-triggers')
  })

  test('tells an unreachable database', async () => {
    const { code, stderr } = await runCli(['publish', 'HELLO'], {
      env: { PGHOST: '127.0.0.1', PGPORT: '1', PGUSER: 'a' },
    })
    expect(code).toBe(4)
    expect(stderr).toContain('error RTB_DATABASE_REFUSED')
  })
})

async function published() {
  const { rows } = await database.query<{ seq: string; origin: string | null; new_row: object }>(
    'SELECT seq::text, origin, new_row FROM rtbridge.journal ORDER BY seq',
  )
  return rows
}
