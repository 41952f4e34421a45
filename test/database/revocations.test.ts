import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openPool } from '../../src/database/pool.ts'
import { readRevocations, restoreRevoked, revocationChannel, revoke } from '../../src/database/revocations.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const stranger = await createPlainRole(database, 'stranger')

function open(url = database.url) {
  const pool = openPool(adminOptions(url), 2)
  onTestFinished(() => pool.close())
  return pool
}

describe('revocations', () => {
  test('are read as they were made, and not again while nothing changed', async () => {
    const pool = open()
    const made = await revoke(pool, { kind: 'key', subject: 'front "desk"' }, null)
    const found = await readRevocations(pool, null)
    expect(found?.revocations).toEqual([made])
    expect(await readRevocations(pool, found?.revision ?? '')).toBeNull()
    await restoreRevoked(pool, { kind: 'key', subject: 'front "desk"' })
    expect((await readRevocations(pool, found?.revision ?? ''))?.revocations).toEqual([])
  })

  test('made again count from then on, and last no shorter', async () => {
    const pool = open()
    const target = { kind: 'user', subject: 'amira' } as const
    const [soon, later] = [Date.now() + 60_000, Date.now() + 120_000]
    const first = await revoke(pool, target, later)
    const second = await revoke(pool, target, soon)
    expect(second.expiresAt).toBe(later)
    expect(second.revokedAt).toBeGreaterThanOrEqual(first.revokedAt)
    expect((await revoke(pool, target, null)).expiresAt).toBeNull()
    expect((await revoke(pool, target, soon)).expiresAt).toBeNull()
    expect(await restoreRevoked(pool, target)).toBe(true)
    expect(await restoreRevoked(pool, target)).toBe(false)
  })

  test('that have expired are not read, and go', async () => {
    const pool = open()
    await revoke(pool, { kind: 'jti', subject: 'brief' }, Date.now() - 1_000)
    expect((await readRevocations(pool, null))?.revocations).toEqual([])
    const { rows } = await database.query(`SELECT FROM rtbridge.revocation WHERE subject = 'brief'`)
    expect(rows).toEqual([])
  })

  test('are told to the hubs when they are committed, and their end, too', async () => {
    const listener = new Client({ connectionString: database.url })
    await listener.connect()
    onTestFinished(() => listener.end())
    const heard: string[] = []
    listener.on('notification', ({ channel }) => void heard.push(channel))
    await listener.query(`LISTEN ${revocationChannel}`)
    const pool = open()
    await revoke(pool, { kind: 'jti', subject: 'x' }, null)
    await waitFor(() => heard.length === 1)
    await restoreRevoked(pool, { kind: 'jti', subject: 'unknown' })
    await restoreRevoked(pool, { kind: 'jti', subject: 'x' })
    await waitFor(() => heard.length === 2)
    expect(heard).toEqual([revocationChannel, revocationChannel])
  })

  test('made at the same time are all there, and every reader learns of each', async () => {
    const pools = [open(), open()]
    const before = await readRevocations(open(), null)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        revoke(pools[index % 2] ?? open(), { kind: 'jti', subject: `many ${index}` }, null),
      ),
    )
    const after = await readRevocations(open(), before?.revision ?? '')
    expect(after?.revocations.filter(({ subject }) => subject.startsWith('many'))).toHaveLength(20)
    expect(Number(after?.revision) - Number(before?.revision)).toBe(20)
  })

  test('are nobody else’s to read or to make', async () => {
    const pool = open(stranger.url)
    const target = { kind: 'user', subject: 'amira' } as const
    const denied = expect.objectContaining({ code: 'RTB_DATABASE_PERMISSION' })
    await expect(readRevocations(pool, null)).rejects.toEqual(denied)
    await expect(revoke(pool, target, null)).rejects.toEqual(denied)
    await expect(restoreRevoked(pool, target)).rejects.toEqual(denied)
  })
})
