import { describe, expect, onTestFinished, test } from 'vitest'
import { withDatabase } from '../support/admin-sql.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { packageOfMajor } from '../support/majors.ts'
import { openClient } from '../support/open-client.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { findClientPrograms } from '../support/postgres-tools.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { giveDatabase, prepare, restoredName, tutorialYaml } from './shell/prepare.ts'
import { commandsRunBy } from './shell/runners.ts'

const programs = await findClientPrograms(Object.keys(packageOfMajor).map(Number).reverse())
const yaml = tutorialYaml.replace(/^(database|hub):.*\n/gm, '')
const own = 'test/docs/backup-page.test.ts'
const commands = commandsRunBy(own, 'docs/backup.md')
const untilRestored = commands.slice(0, commands.indexOf('rtbridge doctor') + 1)
const readsText = (command: string) => command.startsWith('psql ')

describe.skipIf(programs === null)('docs/backup.md', async () => {
  if (programs === null) return
  const database = await createTestDatabase({ major: programs.major })
  const role = await createPlainRole(database, 'backup')
  const restored = { ...role, url: withDatabase(role.url, restoredName(role)) }

  /** The terminal of a reader of the page; it gives what each of some commands said. */
  const openTerminal = async () => {
    await giveDatabase(database, role)
    const session = await prepare('docs/backup.md', role, { clientPrograms: programs.folder })
    await session.allowSudo(database.url)
    onTestFinished(async () => {
      await database.query(`DROP DATABASE IF EXISTS ${restoredName(role)} WITH (FORCE)`)
    })
    return async (some: readonly string[]) => {
      const said = new Map<string, string>()
      for (const command of some) {
        const { code, said: text } = await session.run(command)
        expect(code, `${command}\n${text}`).toBe(0)
        said.set(command, text)
      }
      return said
    }
  }

  test('is true: a dump without the journal is restored, clients are told the gap, and everything goes on', async () => {
    const run = await openTerminal()
    const desk = new RoamingDesk('desk', {})
    const original = await openTestDaemon(role.url, yaml)
    await desk.connect(original.url)
    await book(role.url, 'Amira')
    await waitFor(() => passengersOf(desk).includes('Amira') && desk.checkpoints.length > 0)
    const said = await run(untilRestored)
    expect(said.get('rtbridge install-triggers')).toContain('are not in the journal')
    expect(await count(restored.url, 'bookings')).toBe(1)
    expect(await count(restored.url, 'rtbridge.journal')).toBe(0)

    const copy = await openTestDaemon(restored.url, yaml)
    await desk.connect(copy.url)
    await waitFor(() => desk.gaps.length > 0)
    await book(restored.url, 'Youssef')
    await waitFor(() => passengersOf(desk).includes('Youssef'))
    expect(desk.gaps).toEqual(['incarnation'])
    expect(passengersOf(desk).filter(name => name === 'Amira')).toHaveLength(1)

    await run(commands.slice(untilRestored.length).filter(command => !readsText(command)))
    expect(await count(restored.url, `pg_trigger WHERE tgname LIKE '%rtbridge%'`)).toBe(0)
    expect(await count(role.url, `pg_trigger WHERE tgname LIKE '%rtbridge%'`)).toBeGreaterThan(0)
  })

  test('is true of a dump as text, which psql reads', async () => {
    const run = await openTerminal()
    await book(role.url, 'Amira')
    const asText = (command: string) =>
      command.replace('--format=custom ', '').replace('--file=office.dump', '--file=dump.sql')
    const steps = untilRestored.map(asText)
    const restore = steps.findIndex(command => command.startsWith('pg_restore '))
    const said = await run(steps.with(restore, commands.find(readsText) ?? ''))
    expect([...said.values()].join('\n')).not.toContain('ERROR')
    expect(await count(restored.url, 'bookings')).toBe(1)
    expect(await count(restored.url, 'rtbridge.journal')).toBe(0)
  })
})

async function book(url: string, passenger: string): Promise<void> {
  const client = await openClient(url)
  await client.query('INSERT INTO bookings (passenger, seats) VALUES ($1, 2)', [passenger])
}

async function count(url: string, from: string): Promise<number> {
  const client = await openClient(url)
  const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`)
  return rows[0]?.n ?? 0
}

/** Of events that rules made: each booking once. */
function passengersOf(desk: RoamingDesk): readonly unknown[] {
  return desk.events
    .filter(event => event.event_type === 'BOOKING_CREATED')
    .map(({ data }) => data['passenger'])
}
