import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Random } from '../../client/tables/model-database.ts'
import type { OracleColumn, OracleTable } from './random-schema.ts'

/** Errors that only mean that somebody else was faster: a key that is there, a deadlock, a cancelled wait. */
const expected = new Set(['23505', '40P01', '55P03'])

/** Writes random transactions until it has written enough. @returns how many were committed */
export async function writeTransactions(
  url: string,
  tables: readonly OracleTable[],
  { random, transactions }: { readonly random: Random; readonly transactions: number },
): Promise<number> {
  const session = new pg.Client(url)
  await session.connect()
  let committed = 0
  try {
    const zone = ['UTC', 'Asia/Kolkata', 'America/St_Johns'][random(3)]
    await session.query(`SET TimeZone = '${zone}'; SET lock_timeout = '500ms'; SET deadlock_timeout = '20ms'`)
    for (let n = 0; n < transactions; n++) {
      const statements = Array.from({ length: random(20) === 0 ? 30 : 1 + random(4) }, () =>
        randomStatement(tables, random),
      )
      // Hubs read what came in the meantime as one: with a pause there are more moments to compare.
      await pause(random(25))
      const end = random(10) === 0 ? 'ROLLBACK' : 'COMMIT'
      try {
        await session.query('BEGIN')
        for (const statement of statements) await session.query(statement)
        await session.query(end)
        if (end === 'COMMIT') committed++
      } catch (error) {
        if (!expected.has((error as { code?: string }).code ?? '')) throw error
        await session.query('ROLLBACK')
      }
    }
  } finally {
    await session.end()
  }
  return committed
}

function randomStatement(tables: readonly OracleTable[], random: Random): string {
  const { name, key, columns } = tables[random(tables.length)] as OracleTable
  const all = [...key, ...columns]
  const row = () => `(${all.map(column => literal(column, key, random)).join(', ')})`
  const rows = Array.from({ length: random(8) === 0 ? 40 : 1 }, row)
  const some = `id % ${3 + random(30)} = ${random(3)}`
  const one = `id = ${1 + random(150)}`
  const changed = columns[random(columns.length)] as OracleColumn
  const kind = random(100)
  if (kind === 0) return `TRUNCATE ${name}`
  if (kind < 40) return `INSERT INTO ${name} VALUES ${rows.join(', ')} ON CONFLICT DO NOTHING`
  if (kind < 50) return `DELETE FROM ${name} WHERE ${some}`
  if (kind < 60) return `DELETE FROM ${name} WHERE ${one}`
  if (kind < 65) return `UPDATE ${name} SET id = id + 1000 - 2000 * (id / 1000) WHERE ${one} OR id > 1000`
  const set = `${changed.name} = ${literal(changed, key, random)}`
  return `UPDATE ${name} SET ${set} WHERE ${kind < 90 ? one : some}`
}

function literal(column: OracleColumn, key: readonly OracleColumn[], random: Random): string {
  if (!key.includes(column) && random(5) === 0) return 'NULL'
  return column.kind.value(random)
}
