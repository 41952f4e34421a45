import { describe, expect, test } from 'vitest'
import type { CapturedTable, Change } from '../../src/domain/change.ts'
import type { EventRule, TableRule } from '../../src/domain/rule.ts'
import { mapChange } from '../../src/mapping/map-change.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'

const location = { file: 'rtbridge.yaml', line: 3, column: 5 }
const bookings: CapturedTable = { id: 1, schema: 'public', name: 'bookings', keyColumns: ['id'] }

function rule(eventType: string, rest: Partial<EventRule> = {}): EventRule {
  const plain = {
    when: null,
    data: null,
    rooms: null,
    roles: null,
    priority: 'normal',
    locations: {},
  } as const
  return { eventType, on: ['insert', 'update', 'delete'], ...plain, location, ...rest }
}

function tableRule(events: readonly EventRule[], pattern = 'bookings'): TableRule {
  return { pattern, channel: 'booking_events', exclude: [], maxRowBytes: 1_048_576, events, location }
}

function change(rest: Partial<Change> = {}): Change {
  const plain = { seq: '7', xid: '900', at: '2026-01-02T03:04:05.123456Z', table: bookings, origin: 'desk-1' }
  const rows = { oldRow: null, newRow: '{"id": 12, "seats": 2, "amount": 10.10}', truncated: false }
  return { ...plain, op: 'INSERT', ...rows, ...rest }
}

function map(events: readonly EventRule[], rest: Partial<Change> = {}) {
  const input = change(rest)
  return mapChange(input, compileRules([tableRule(events)]).forTable(input.table), 'cafe')
}

describe('table events', () => {
  test('come first, with the row as it was printed', () => {
    const input = change()
    const { events } = mapChange(
      input,
      compileRules([tableRule([rule('BOOKED')])]).forTable(bookings),
      'cafe',
    )
    expect(events[0]).toEqual({
      eventId: 'cafe-7',
      eventType: 'INSERT',
      kind: 'table',
      op: 'INSERT',
      table: 'bookings',
      channel: 'booking_events',
      id: '12',
      at: '2026-01-02T03:04:05.123456Z',
      data: '{"id": 12, "seats": 2, "amount": 10.10}',
      oldData: null,
      seq: '7',
      tx: '900',
      origin: 'desk-1',
      truncated: false,
      rooms: null,
      roles: null,
      priority: 'normal',
      change: input,
    })
    expect(events[1]).toMatchObject({ eventId: 'cafe-7-BOOKED', eventType: 'BOOKED', kind: 'business' })
  })

  test('carry the row before on UPDATE and the row that went on DELETE', () => {
    const update = map([], { op: 'UPDATE', oldRow: '{"id": 12, "seats": 1}' })
    expect(update.events[0]).toMatchObject({ oldData: '{"id": 12, "seats": 1}' })
    const removal = map([], { op: 'DELETE', oldRow: '{"id": 12}', newRow: null })
    expect(removal.events[0]).toMatchObject({ id: '12', data: '{"id": 12}', oldData: null })
  })

  test('have no row and no key on TRUNCATE', () => {
    const { events } = map([rule('CLEARED', { on: ['truncate'] })], { op: 'TRUNCATE', newRow: null })
    expect(events.map(({ eventType, id, data }) => [eventType, id, data])).toEqual([
      ['TRUNCATE', null, 'null'],
      ['CLEARED', null, 'null'],
    ])
  })

  test('of a table without rules are the only ones', () => {
    const other = { ...bookings, schema: 'sales', name: 'invoices' }
    const { events } = map([rule('BOOKED')], { table: other })
    expect(events.map(({ eventType, table, channel }) => [eventType, table, channel])).toEqual([
      ['INSERT', 'sales.invoices', null],
    ])
  })
})

describe('business events', () => {
  test('come in file order for the operations and conditions of their rules', () => {
    const { events } = map([
      rule('B', { when: 'new.seats > 1' }),
      rule('A', { on: ['insert'] }),
      rule('NEVER', { when: 'new.seats > 2' }),
      rule('LATER', { on: ['update'] }),
    ])
    expect(events.map(event => event.eventType)).toEqual(['INSERT', 'B', 'A'])
  })

  test('carry the data of the rule with the digits of the row, and no row before', () => {
    const data = { price: 'new.amount', 'twice "it"': 'new.seats * 2' }
    const { events } = map([rule('PRICED', { data })], { op: 'UPDATE', oldRow: '{"id": 12}' })
    expect(events[1]).toMatchObject({ data: '{"price":10.10,"twice \\"it\\"":4}', oldData: null })
  })

  test('carry the row and the row before when the rule names no data', () => {
    const { events } = map([rule('CHANGED')], { op: 'UPDATE', oldRow: '{"id": 12}' })
    expect(events[1]).toMatchObject({
      data: '{"id": 12, "seats": 2, "amount": 10.10}',
      oldData: '{"id": 12}',
    })
  })

  test('go to the rooms and roles of the rule, each room once', () => {
    const rooms = ['seats:{new.seats}', 'lobby', 'seats:2']
    const { events } = map([rule('R', { rooms, roles: ['desk'], priority: 'high' })])
    expect(events[1]).toMatchObject({ rooms: ['seats:2', 'lobby'], roles: ['desk'], priority: 'high' })
  })

  test('are for nobody, not for everybody, when their only room has no name', () => {
    const { events } = map([rule('R', { rooms: ['to:{new.nobody}'] })], {
      newRow: '{"id": 1, "nobody": null}',
    })
    expect(events[1]).toMatchObject({ rooms: [] })
  })
})

describe('a rule that fails', () => {
  test('is reported with its place and stops nothing else', () => {
    const at = { ...location, line: 9 }
    const { events, errors } = map([
      rule('W', { when: 'new.missing == 1', locations: { when: at } }),
      rule('NOT_BOOLEAN', { when: 'new.seats' }),
      rule('D', { data: { ok: 'new.id', plate: 'new.missing' } }),
      rule('R', { rooms: ['lobby', 'to:{old.id}'] }),
      rule('FINE'),
    ])
    expect(events.map(event => event.eventType)).toEqual(['INSERT', 'FINE'])
    expect(errors.map(({ eventType, field }) => [eventType, field])).toEqual([
      ['W', 'when'],
      ['NOT_BOOLEAN', 'when'],
      ['D', 'data.plate'],
      ['R', 'rooms.1'],
    ])
    expect(errors[0]).toMatchObject({ table: 'bookings', location: at })
    expect(errors[1]).toMatchObject({ location })
  })

  test('says so when only the key of the row is known', () => {
    const { errors } = map([rule('W', { when: 'new.seats > 1' })], { truncated: true, newRow: '{"id": 12}' })
    expect(errors[0]?.message).toMatch(/only the key was journalled/)
  })

  test('never shows the row', () => {
    const { errors } = map([rule('W', { when: 'bool(new.name)' })], {
      newRow: '{"id": 1, "name": "hunter2"}',
    })
    expect(errors).toHaveLength(1)
    expect(JSON.stringify(errors)).not.toContain('hunter2')
  })
})

describe('published events', () => {
  const none: CapturedTable = { id: 0, schema: '', name: '', keyColumns: [] }
  const publish = (newRow: string) => map([], { op: 'PUBLISH', table: none, newRow })

  test('become one event with their data untouched', () => {
    const { events } = publish('{"event_type": "SYSTEM_WARNING", "room": "all", "data": {"n": 1.50}}')
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      eventId: 'cafe-7',
      eventType: 'SYSTEM_WARNING',
      kind: 'published',
      table: null,
      id: null,
      data: '{"n": 1.50}',
      rooms: null,
    })
  })

  test('go to their room only', () => {
    expect(publish('{"event_type": "X", "room": "desk", "data": null}').events[0]).toMatchObject({
      rooms: ['desk'],
    })
    expect(publish('{"event_type": "X", "room": null}').events[0]).toMatchObject({
      rooms: null,
      data: 'null',
    })
  })

  test('that cannot be read are reported', () => {
    expect(publish('{"room": "desk"}')).toMatchObject({ events: [], errors: [{ field: 'event' }] })
    expect(publish('{"event_type": "X", "room": 5}')).toMatchObject({
      events: [],
      errors: [{ field: 'event' }],
    })
  })
})
