import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseWaiting, type NewTransaction } from '../../src/capture/choose-waiting.ts'

const transaction = fc.record({
  xid: fc.bigInt({ min: 1n, max: 1_000_000n }),
  rows: fc.integer({ min: 1, max: 20 }),
  tables: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 3 }),
})
const news = fc.uniqueArray(transaction, { selector: ({ xid }) => xid, maxLength: 12 })
const touched = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 })
const bigRows = 15

const shareTable = (a: NewTransaction, tables: ReadonlySet<string>) =>
  a.tables.some(table => tables.has(table))

test('nobody passes who is big or has a table in common with one that waits, whatever the order', () => {
  fc.assert(
    fc.property(news, touched, (all, tables) => {
      const { xids, tables: waitingTables } = chooseWaiting(all, new Set(tables), bigRows)
      const passing = all.filter(({ xid }) => !xids.includes(xid))
      expect(passing.filter(one => one.rows > bigRows || shareTable(one, waitingTables))).toEqual([])
      const reversed = chooseWaiting(all.toReversed(), new Set(tables), bigRows)
      expect(reversed.xids.toSorted()).toEqual(xids.toSorted())
    }),
  )
})

test('nobody waits without a reason', () => {
  fc.assert(
    fc.property(news, touched, (all, tables) => {
      const { xids, hasBig } = chooseWaiting(all, new Set(tables), bigRows)
      expect(hasBig).toBe(all.some(({ rows }) => rows > bigRows))
      const waiting = all.filter(({ xid }) => xids.includes(xid))
      for (const one of waiting) {
        const others = new Set([
          ...tables,
          ...waiting.filter(other => other !== one).flatMap(other => other.tables),
        ])
        expect(one.rows > bigRows || shareTable(one, others)).toBe(true)
      }
    }),
  )
})
