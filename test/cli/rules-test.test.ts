import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder, runCli } from './run-cli.ts'

const yaml = `
tables:
  bookings:
    channel: booking_events
    exclude: [pin_code]
    events:
      BOOKING_CREATED: { on: insert }
      BOOKING_CANCELLED: { on: [update, delete], when: "op == 'DELETE' || (old.status != 'CANCELLED' && new.status == 'CANCELLED')" }
      SEAT_TAKEN: { on: insert, rooms: ["trip:{new.trip}"], roles: [clerk], data: { seats: new.seats } }
      PIN_SEEN: { on: update, when: "new.pin_code != ''" }
  notes: {}
`

/** `rtbridge rules test` where no database can be reached. */
async function rulesTest(args: readonly string[], options: { stdin?: string; rules?: string } = {}) {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), options.rules ?? yaml)
  const env = { RTBRIDGE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', RTBRIDGE_AUTH_MODE: 'open' }
  return runCli(['rules', 'test', ...args], { cwd, env, stdin: options.stdin ?? '' })
}

const cancel = ['bookings', '--old', '{"id":1,"status":"OPEN"}', '--new', '{"id":1,"status":"CANCELLED"}']

describe('rows that are given, without a database', () => {
  test('fire their events, and those that do not fire say why', async () => {
    const { code, stdout } = await rulesTest(cancel)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^bookings UPDATE\n/)
    expect(stdout).toMatch(/ {2}not fired {2}BOOKING_CREATED .*\n +on is insert, and this is UPDATE\n/)
    expect(stdout).toMatch(/ {2}fired {6}BOOKING_CANCELLED\n +to everyone .*, channel booking_events\n/)
  })

  test('say with which values a condition was false', async () => {
    const rows = ['--old', '{"status":"CANCELLED"}', '--new', '{"status":"CANCELLED","n":1}']
    const { stdout } = await rulesTest(['bookings', ...rows])
    expect(stdout).toContain(`op == 'DELETE' is false: op is "UPDATE"\n`)
    expect(stdout).toContain(`old.status != 'CANCELLED' is false: old.status is "CANCELLED"\n`)
    expect(stdout).not.toContain(`new.status == 'CANCELLED' is`)
  })

  test('say to which rooms and roles an event goes, and to nobody where no room has a name', async () => {
    const args = ['bookings', '--rule', 'SEAT_TAKEN', '--new']
    expect((await rulesTest([...args, '{"trip":7,"seats":2}'])).stdout).toContain(
      'to members of trip:7, with the role clerk, channel booking_events',
    )
    expect((await rulesTest([...args, '{"trip":null,"seats":2}'])).stdout).toContain('to nobody: ')
  })

  test('keep every digit in the answer for programs', async () => {
    const row = '{"trip":9007199254740993,"seats":10.10}'
    const { stdout } = await rulesTest(['bookings', '--new', row, '--json'])
    const { version, changes } = JSON.parse(stdout)
    expect(version).toBe(1)
    expect(changes[0].event.data).toBe(row)
    const taken = changes[0].rules.find((rule: { event_type: string }) => rule.event_type === 'SEAT_TAKEN')
    expect(taken.sends).toMatchObject({ data: '{"seats":10.10}', rooms: ['trip:9007199254740993'] })
  })

  test('lose their excluded columns before anything is said', async () => {
    const rows = ['--old', '{"id":1,"pin_code":"4711"}', '--new', '{"id":1,"pin_code":"4712","n":1}']
    for (const more of [[], ['--json'], ['--verbose']]) {
      const { stdout, stderr } = await rulesTest(['bookings', ...rows, ...more])
      expect(stdout + stderr).not.toMatch(/471[12]/)
      expect(stdout).toContain('no column')
    }
  })

  test('that differ in excluded columns alone are no event', async () => {
    const rows = ['--old', '{"id":1,"pin_code":"1"}', '--new', '{"id":1,"pin_code":"2"}']
    const { stdout } = await rulesTest(['bookings', ...rows])
    expect(stdout).toContain('left out: only excluded columns are different')
    expect(stdout).not.toContain('sent')
  })

  test.each([
    ['one on a line', (rows: string[]) => rows.join('\n')],
    ['in a list', (rows: string[]) => `[ ${rows.join(' ,\n')} ]`],
  ])('come from standard input, %s', async (_, join) => {
    const rows = ['{"table":"notes","new":{"a":"}{"}}', '{"table":"bookings","op":"delete","old":{"id":2}}']
    const { stdout, code } = await rulesTest(['--file', '-', '--json'], { stdin: join(rows) })
    expect(code).toBe(0)
    const { changes } = JSON.parse(stdout)
    expect(changes.map(({ change }: { change: object }) => change)).toMatchObject([
      { table: 'notes', op: 'INSERT', new: '{"a":"}{"}' },
      { table: 'bookings', op: 'DELETE', old: '{"id":2}' },
    ])
  })
})

describe('with policies', () => {
  const rules = `${yaml}
policies:
  tables:
    bookings: [{ roles: clerk }, { roles: guest, hide: [note] }, { roles: owner, where: "new.owner == auth.sub" }]
`
  test('it is said what each role sees', async () => {
    const args = ['bookings', '--new', '{"trip":1,"seats":1,"note":"n","owner":"x"}', '--json']
    const { changes } = JSON.parse((await rulesTest(args, { rules })).stdout)
    expect(changes[0].event.seen_by).toEqual([
      { role: 'clerk', sees: 'all', hidden: [] },
      { role: 'guest', sees: 'part', hidden: ['note'] },
      { role: 'owner', sees: 'depends', hidden: [] },
      { role: null, sees: 'nothing', hidden: [] },
    ])
    const taken = changes[0].rules.find((rule: { event_type: string }) => rule.event_type === 'SEAT_TAKEN')
    expect(taken.sends.seen_by).toContainEqual({ role: 'guest', sees: 'nothing', hidden: [] })
  })
})

describe('what is expected', () => {
  test('and fires is exit code 0', async () => {
    const { code, stdout } = await rulesTest([...cancel, '--expect', 'BOOKING_CANCELLED'])
    expect(code).toBe(0)
    expect(stdout).toContain('\nok: what was expected fired, and nothing else\n')
  })

  test('and does not fire, or is not all that fires, is exit code 5', async () => {
    const missing = await rulesTest([...cancel, '--expect', 'BOOKING_CREATED', '--json'])
    expect(missing.code).toBe(5)
    expect(JSON.parse(missing.stdout).expectation).toEqual({
      met: false,
      missing: ['BOOKING_CREATED'],
      unexpected: ['BOOKING_CANCELLED'],
    })
    const none = await rulesTest([...cancel, '--expect-none'])
    expect(none.code).toBe(5)
    expect(none.stdout).toContain('not as expected: fired, and was not expected: BOOKING_CANCELLED')
  })

  test('and has no rule is a mistake, not a failure', async () => {
    const { code, stderr } = await rulesTest([...cancel, '--expect', 'BOOKING_CANCELED'])
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean BOOKING_CANCELLED?')
  })
})

test.each([
  [[], 'name a table, or give --all-tables'],
  [['bookings'], 'a row is missing'],
  [['boking', '--new', '{}'], 'no entry of `tables` is for boking'],
  [['*', '--new', '{}'], 'does not name one table'],
  [['bookings', '--new', '{'], 'the row new is not JSON'],
  [['bookings', '--new', '[1]'], 'the row new is not a JSON object'],
  [['bookings', '--op', 'UPDATE', '--new', '{}'], 'UPDATE needs the row old'],
  [['bookings', '--last', '3', '--new', '{}'], 'cannot be used with'],
  [['--file', '-'], 'document 1 has "status"'],
])('%j is refused, with what is wrong', async (args, problem) => {
  const { code, stderr } = await rulesTest(args, { stdin: '{"status":1}' })
  expect(code).toBe(2)
  expect(stderr).toContain(problem)
})
