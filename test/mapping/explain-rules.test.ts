import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CapturedTable, Change } from '../../src/domain/change.ts'
import type { EventRule, TableRule } from '../../src/domain/rule.ts'
import { explainRules } from '../../src/mapping/explain-rules.ts'
import { mapChange } from '../../src/mapping/map-change.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'

const location = { file: 'rtbridge.yaml', line: 3, column: 5 }
const bookings: CapturedTable = { id: 1, schema: 'public', name: 'bookings', keyColumns: ['id'] }
const plain = { when: null, data: null, rooms: null, roles: null, priority: 'normal', locations: {} } as const

function rule(eventType: string, rest: Partial<EventRule> = {}): EventRule {
  return { eventType, on: ['insert', 'update', 'delete'], ...plain, location, ...rest }
}

function rulesOf(events: readonly EventRule[], rest: Partial<TableRule> = {}) {
  const table = { pattern: 'bookings', channel: 'desk', exclude: [], maxRowBytes: 1_000, location, events }
  return compileRules([{ ...table, ...rest }]).forTable(bookings)
}

function change(rest: Partial<Change> = {}): Change {
  const origin = { seq: '7', xid: '900', at: '2026-01-02T03:04:05.123456Z', table: bookings, origin: null }
  const rows = { oldRow: '{"id": 1, "seats": 2}', newRow: '{"id": 1, "seats": 3}', truncated: false }
  return { ...origin, op: 'UPDATE', ...rows, ...rest }
}

describe('a rule', () => {
  test('that fired says what it sends, to whom', () => {
    const moved = rule('MOVED', { data: { n: 'new.seats' }, rooms: ['seat:{new.seats}'], roles: ['boss'] })
    const { event, rules } = explainRules(change(), rulesOf([moved]), 'cafe')
    expect(event).toMatchObject({ event_type: 'UPDATE', event_id: 'cafe-7', channel: 'desk', id: '1' })
    expect(rules).toMatchObject([
      {
        result: 'fired',
        location: 'rtbridge.yaml:3:5',
        sends: { event_type: 'MOVED', data: '{"n":3}', rooms: ['seat:3'], roles: ['boss'], channel: 'desk' },
      },
    ])
  })

  test('for other operations says for which', () => {
    const { rules } = explainRules(change(), rulesOf([rule('NEW', { on: ['insert'], when: 'new.x' })]))
    expect(rules).toMatchObject([{ result: 'other-operation', on: ['insert'], when: null, sends: null }])
  })

  test('whose condition is false says which part of it was', () => {
    const { rules } = explainRules(change(), rulesOf([rule('FULL', { when: 'new.seats > 8' })]))
    expect(rules[0]?.result).toBe('condition-false')
    expect(rules[0]?.when).toMatchObject({ value: 'false', decides: true, reads: [{ value: '3' }] })
  })

  test('that failed says in which of its fields', () => {
    const events = [
      rule('A', { data: { gone: 'new.gone' } }),
      rule('B', { when: 'new.gone == 1' }),
      rule('C'),
    ]
    const { rules } = explainRules(change(), rulesOf(events))
    expect(rules.map(({ result, failure }) => [result, failure?.field])).toEqual([
      ['failed', 'data.gone'],
      ['failed', 'when'],
      ['fired', undefined],
    ])
  })
})

describe('before the rules', () => {
  test('excluded columns are taken out of rows that somebody typed', () => {
    const rows = { oldRow: '{"id":1,"pin":"s3cret"}', newRow: '{"id":1,"pin":"s4cret","a":1}' }
    const given = change(rows)
    const outcome = explainRules(given, rulesOf([rule('A', { when: 'new.pin != ""' })], { exclude: ['pin'] }))
    expect(JSON.stringify(outcome)).not.toMatch(/s[34]cret/)
    expect(outcome.rules[0]?.result).toBe('failed')
  })

  test('an update of excluded columns alone, or of nothing, is left out', () => {
    const rules = rulesOf([rule('A')], { exclude: ['pin'] })
    const rows = { oldRow: '{"id":1,"pin":"1"}', newRow: '{"pin": "2", "id": 1}' }
    expect(explainRules(change(rows), rules)).toMatchObject({
      left_out: 'excluded-only',
      event: null,
      rules: [{ result: 'left-out', sends: null }],
    })
    expect(explainRules(change({ ...rows, newRow: rows.oldRow }), rules).left_out).toBe('unchanged')
  })

  test('1.0 and 1.00 are two values, as they are to PostgreSQL', () => {
    const rows = { oldRow: '{"id":1,"n":1.0}', newRow: '{"id":1,"n":1.00}' }
    expect(explainRules(change(rows), rulesOf([])).left_out).toBeNull()
  })

  test('of a row that is too large the key remains', () => {
    const newRow = JSON.stringify({ id: 1, note: 'n'.repeat(2_000) })
    const { change: kept, rules } = explainRules(
      change({ newRow }),
      rulesOf([rule('A', { when: 'new.note != ""' })]),
    )
    expect(kept).toMatchObject({ truncated: true, new: '{"id": 1}' })
    expect(rules[0]?.failure?.message).toContain('only the key was journalled')
  })

  test('what is in the journal was sent, whatever the configuration has become', () => {
    const rules = rulesOf([rule('A')], { exclude: ['pin'], maxRowBytes: 10 })
    const rows = { oldRow: '{"id": 1, "pin": "s3cret"}', newRow: '{"id": 1, "pin": "s4cret"}' }
    const outcome = explainRules(change(rows), rules, 'cafe')
    expect(outcome).toMatchObject({
      left_out: null,
      change: { truncated: false },
      rules: [{ result: 'fired' }],
    })
    expect(JSON.stringify(outcome)).not.toMatch(/s[34]cret/)
    const short = { oldRow: '{"id": 1}', newRow: '{"id": 1}', truncated: true }
    expect(explainRules(change(short), rules, 'cafe').rules[0]?.result).toBe('fired')
  })
})

test('a change that is in no journal has no ids', () => {
  const { change: described, event } = explainRules(change(), rulesOf([]))
  expect([described.seq, described.tx, described.at, event?.event_id]).toEqual([null, null, null, null])
})

test('what was published has an event and no rules', () => {
  const published = change({ op: 'PUBLISH', oldRow: null, newRow: '{"event_type": "NOTE", "data": 1}' })
  expect(explainRules(published, rulesOf([rule('A')]), 'cafe')).toMatchObject({
    event: { event_type: 'NOTE', data: '1' },
    rules: [],
  })
})

test('whatever the rules and rows, exactly what the hub makes of a change is said to be sent', () => {
  const conditions = [null, 'new.seats > 2', 'old.seats == 2', 'new.gone', "op == 'DELETE'", 'old == null']
  const events = fc.array(
    fc.record({
      on: fc.subarray(['insert', 'update', 'delete'] as const, { minLength: 1 }),
      when: fc.constantFrom(...conditions),
      data: fc.constantFrom(null, { n: 'new.seats' }),
      rooms: fc.constantFrom(null, ['r:{old.seats}'], ['r:{new.note}']),
    }),
  )
  const row = fc.constantFrom('{"id": 1, "seats": 2}', '{"id": 1, "seats": 3, "note": null}')
  const changes = fc
    .record({ op: fc.constantFrom('INSERT', 'UPDATE', 'DELETE'), before: row, after: row })
    .filter(({ op, before, after }) => op !== 'UPDATE' || before !== after)
    .map(({ op, before, after }) =>
      change({
        op,
        oldRow: op === 'INSERT' ? null : before,
        newRow: op === 'DELETE' ? null : after,
      }),
    )
  fc.assert(
    fc.property(events, changes, (shapes, given) => {
      const rules = rulesOf(shapes.map((shape, index) => rule(`E${index}`, shape)))
      const { events: sent, errors } = mapChange(given, rules, 'cafe')
      const outcome = explainRules(given, rules, 'cafe')
      expect(outcome.rules.flatMap(({ sends }) => sends?.event_id ?? [])).toEqual(
        sent.slice(1).map(({ eventId }) => eventId),
      )
      expect(outcome.rules.filter(({ result }) => result === 'failed')).toHaveLength(errors.length)
    }),
  )
})
