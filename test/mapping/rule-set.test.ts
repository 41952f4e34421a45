import { expect, test } from 'vitest'
import type { EventRule, TableRule } from '../../src/domain/rule.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'

const location = { file: 'rtbridge.yaml', line: 3, column: 5 }

function table(pattern: string, events: readonly EventRule[] = []): TableRule {
  return { pattern, channel: pattern, exclude: [], maxRowBytes: 1, events, location }
}

test('an entry that names the table wins over globs, whatever the order', () => {
  const rules = compileRules([table('*'), table('book*'), table('bookings'), table('sales.*')])
  const channelOf = (schema: string, name: string) => rules.forTable({ schema, name }).channel
  expect(channelOf('public', 'bookings')).toBe('bookings')
  expect(channelOf('public', 'books')).toBe('*')
  expect(channelOf('sales', 'bookings')).toBe('sales.*')
  expect(channelOf('other', 'bookings')).toBeNull()
})

test('the rules of a table are looked up once', () => {
  const rules = compileRules([table('*')])
  const key = { schema: 'public', name: 'a' }
  expect(rules.forTable({ ...key })).toBe(rules.forTable({ ...key }))
})

test('a wrong expression is refused with its place', () => {
  const event: EventRule = {
    eventType: 'BOOKED',
    on: ['insert'],
    when: 'status == 1',
    data: null,
    rooms: null,
    roles: null,
    priority: 'normal',
    location,
    locations: { when: { ...location, line: 8 } },
  }
  expect(() => compileRules([table('bookings', [event])])).toThrow(
    /^rtbridge\.yaml:8:5: .*BOOKED.*new\.status/,
  )
  expect(() => compileRules([table('a b')])).toThrow(expect.objectContaining({ code: 'RTB_RULE_INVALID' }))
})
