import { describe, expect, test } from 'vitest'
import { createPolicyRules } from '../../src/access/policy-rules.ts'
import type { AuditRecord } from '../../src/domain/audit.ts'
import type { Change } from '../../src/domain/change.ts'
import { EncodedEvent } from '../../src/hub/stream/encoded-batch.ts'
import { viewOf } from '../../src/hub/stream/event-views.ts'
import { createEventMapper } from '../../src/mapping/event-mapper.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'
import { loadPolicies } from '../support/load-policies.ts'
import { checkpointAt, eventOf, incarnation } from './memory-history.ts'
import { message, openTestHub, settle } from './open-test-hub.ts'

const table = { id: 1, schema: 'public', name: 'bookings', keyColumns: ['id'] }
const location = { file: 'f', line: 1, column: 1 }

interface Rows {
  readonly old?: string
  readonly new?: string
}

/** A hub in which these changes of `bookings` have yet to happen, one transaction each. */
function openHubWith(policies: string, changes: readonly Rows[]) {
  const problems: unknown[] = []
  const mapper = createEventMapper(
    compileRules([{ pattern: '*', channel: null, exclude: [], maxRowBytes: 1, events: [], location }]),
    failure => problems.push(failure),
  )
  const events = changes.flatMap((rows, index) => mapper([changeOf(rows, index + 1)], incarnation))
  const world = openTestHub({
    sizes: events.map(() => 1),
    makeEvent: nth => events[nth - 1] ?? expect.fail('there is no such event'),
    access: createPolicyRules(loadPolicies(policies), problem => problems.push(problem)),
  })
  world.hub.start(checkpointAt(0))
  const happen = async () => {
    for (const piece of world.history.pieces(0, changes.length)) world.hub.publish(piece)
    await settle()
  }
  return { ...world, happen, problems }
}

function changeOf({ old, new: after }: Rows, seq: number): Change {
  return {
    seq: String(seq),
    xid: String(seq),
    at: '2026-01-01T00:00:00.000Z',
    table,
    op: old === undefined ? 'INSERT' : after === undefined ? 'DELETE' : 'UPDATE',
    oldRow: old ?? null,
    newRow: after ?? null,
    origin: null,
    truncated: false,
  }
}

describe('what is left of an event', () => {
  test('keeps the text of the database, digit by digit', async () => {
    const { register, happen } = openHubWith('{ tables: { bookings: [{ hide: [pin] }] } }', [
      { new: '{"id": 9007199254740993, "pin": 1, "price": 10.10, "__proto__": {"a": [1.0]}, "x": "}"}' },
    ])
    const { peer } = register()
    await settle()
    await happen()
    const expected = '"data":{"id": 9007199254740993, "price": 10.10, "__proto__": {"a": [1.0]}, "x": "}"}'
    expect(peer.texts.filter(text => text.includes(expected))).toHaveLength(1)
  })

  test('of a row that leaves is the key it had', async () => {
    const { register, happen } = openHubWith('{ tables: { bookings: [{ where: "new.open" }] } }', [
      { old: '{"id": 1, "open": true, "note": "a"}', new: '{"id": 2, "open": false, "note": "b"}' },
    ])
    const { peer } = register()
    await settle()
    await happen()
    const [event] = peer.of('realtime_event')
    expect(event).toMatchObject({ op: 'UPDATE', id: '1', data: { id: 1 }, transition: 'leave' })
    expect(event).not.toHaveProperty('old_data')
    expect(event).not.toHaveProperty('old_id')
  })

  test('of a row that comes into sight does not tell the key it had', async () => {
    const { register, happen } = openHubWith('{ tables: { bookings: [{ where: "new.open" }] } }', [
      { old: '{"id": 4711, "open": false}', new: '{"id": 2, "open": true}' },
    ])
    const { peer } = register()
    await settle()
    await happen()
    expect(peer.of('realtime_event')).toMatchObject([{ op: 'UPDATE', id: '2', transition: 'enter' }])
    expect(peer.texts.join()).not.toContain('4711')
  })

  test('of a row that stays in sight tells the key it had, whatever is hidden', async () => {
    const { register, happen } = openHubWith('{ tables: { bookings: [{ hide: [pin] }] } }', [
      { old: '{"id": 1, "pin": 5}', new: '{"id": 2, "pin": 5}' },
    ])
    const { peer } = register()
    await settle()
    await happen()
    expect(peer.of('realtime_event')).toMatchObject([{ op: 'UPDATE', id: '2', old_id: '1' }])
  })

  test('is made once for all who see the same', async () => {
    const policies = '{ tables: { bookings: [{ where: "new.open", hide: [pin] }] } }'
    const { hub, register, happen } = openHubWith(policies, [{ new: '{"id": 1, "open": true, "pin": 1}' }])
    const desks = Array.from({ length: 50 }, () => register())
    await settle()
    await happen()
    expect(hub.stats().profiles).toBe(1)
    const packs = desks.map(({ peer }) => peer.packs.find(pack => pack.includes('realtime_event')))
    expect(packs[0]).toBeDefined()
    expect(new Set(packs).size).toBe(1)
  })
})

test('a view of an event is made once, whatever the subscriptions of those who see it so', () => {
  const encoded = new EncodedEvent(eventOf(1, 1))
  const sight = { before: null, after: ['pin'] }
  expect(viewOf(encoded, sight)).toBe(viewOf(encoded, sight))
})

describe('a filter of a client', () => {
  const policies = `{ tables: { bookings: [{ where: "new.open", hide: [pin] }] } }`
  const changes = [
    { new: '{"id": 1, "open": true, "pin": 4711}' },
    {
      old: '{"id": 2, "open": false, "pin": 4711, "a": 1}',
      new: '{"id": 2, "open": true, "pin": 4711, "a": 2}',
    },
    {
      old: '{"id": 3, "open": true, "pin": 4711, "a": 1}',
      new: '{"id": 3, "open": false, "pin": 4711, "a": 2}',
    },
    { old: '{"id": 4, "open": false, "a": 1}', new: '{"id": 4, "open": false, "a": 2}' },
  ]

  test.each([
    ['a hidden column', 'new.pin == 4711'],
    ['a hidden column through the old row', 'old.pin == 4711'],
    ['that a hidden column is there', 'has(new.pin)'],
    ['a hidden column by another way', 'new["pin"] == 4711 || [new].exists(row, row.pin == 4711)'],
    ['the old row of one that came into sight', 'new.id == 2 && old.a == 1'],
    ['that there was an old row of it', 'new.id == 2 && old != null'],
    ['the new row of one that went out of sight', 'new.id == 3 && new.a == 2'],
    ['a row that is not seen at all', 'new.id == 4'],
  ])('finds nothing when it asks for %s', async (_what, where) => {
    const { register, happen, history } = openHubWith(policies, changes)
    const { peer } = register({ subscriptions: [{ id: 'probe', where }] })
    await settle()
    await happen()
    expect(peer.eventIds()).toEqual([])
    const later = register({ subscriptions: [{ id: 'none', events: ['NONE'] }] })
    const [{ cursor = '' } = {}] = peer.of('registered')
    later.connection.receive(message('subscribe', { id: 'probe', where, since: cursor }))
    await settle()
    expect(later.peer.of('subscribed')).toHaveLength(1)
    expect(later.peer.eventIds()).toEqual([])
    expect(history.transactions).toHaveLength(4)
  })

  test('with `conflate_ms` holds what is seen and nothing else', async () => {
    const { clock, register, happen } = openHubWith(policies, changes)
    const { peer } = register({ subscriptions: [{ id: 'calm', conflate_ms: 100 }] })
    await settle()
    await happen()
    clock.advance(100)
    await settle()
    const seen = peer.of('realtime_event').map(({ id, data, transition }) => [id, data, transition])
    expect(seen).toEqual([
      ['1', { id: 1, open: true }, undefined],
      ['2', { id: 2, open: true, a: 2 }, 'enter'],
      ['3', { id: 3 }, 'leave'],
    ])
    expect(peer.texts.join()).not.toContain('4711')
  })
})

test('of a row that came into sight and then changed, a conflated subscription is told that it came', async () => {
  const { clock, register, happen } = openHubWith('{ tables: { bookings: [{ where: "new.open" }] } }', [
    { old: '{"id": 1, "open": false, "a": 1}', new: '{"id": 1, "open": true, "a": 2}' },
    { old: '{"id": 1, "open": true, "a": 2}', new: '{"id": 1, "open": true, "a": 3}' },
    { old: '{"id": 1, "open": true, "a": 3}', new: '{"id": 1, "open": true, "a": 4}' },
  ])
  const { peer } = register({ subscriptions: [{ id: 'calm', conflate_ms: 100 }] })
  await settle()
  await happen()
  clock.advance(100)
  await settle()
  expect(peer.of('realtime_event')).toMatchObject([
    { data: { a: 4 }, old_data: { a: 3 }, transition: 'enter', conflated: 2 },
  ])
})

describe('a custom event', () => {
  function openChat(policies: string) {
    const records: AuditRecord[] = []
    const stored: unknown[] = []
    const { hub, register } = openTestHub({
      access: createPolicyRules(loadPolicies(policies), () => {}),
      audit: record => {
        if (record.action !== 'connect') records.push(record)
      },
      publishDurable: async event => String(stored.push(event)),
    })
    hub.start(checkpointAt(0))
    return { register, records, stored }
  }

  test.each([false, true])('that nobody may send is refused (durable: %s), and audited', async durable => {
    const { register, records, stored } = openChat('{ publish: [{ events: "CHAT_*" }] }')
    const sender = register()
    const other = register()
    await settle()
    const event = { event_type: 'ALARM', data: { pin: 4711 }, durable }
    sender.connection.receive(message('custom_event', event, { message_id: 'm1' }))
    await settle()
    expect(sender.peer.of('error')).toMatchObject([{ code: 'RTB_PUBLISH_DENIED', in_reply_to: 'm1' }])
    expect(other.peer.eventIds()).toEqual([])
    expect(stored).toEqual([])
    expect(records).toMatchObject([{ action: 'denied', code: 'RTB_PUBLISH_DENIED', subject: 'ALARM' }])
    expect(JSON.stringify(records)).not.toContain('4711')
  })

  test('that he may send goes out, and is audited with its room', async () => {
    const { register, records } = openChat('{ publish: [{ events: "CHAT_*" }] }')
    const sender = register()
    await settle()
    sender.connection.receive(message('custom_event', { event_type: 'CHAT_LINE', room: 'yard' }))
    await settle()
    expect(sender.peer.of('error')).toEqual([])
    expect(records).toMatchObject([{ action: 'publish', code: null, subject: 'CHAT_LINE to yard' }])
  })

  test('reaches only those who may have it', async () => {
    const { register } = openChat('{ events: { CHAT_LINE: [{ where: "new.level < 5" }] } }')
    const sender = register()
    const other = register()
    await settle()
    for (const level of [1, 9]) {
      sender.connection.receive(message('custom_event', { event_type: 'CHAT_LINE', data: { level } }))
    }
    await settle()
    expect(other.peer.of('realtime_event').map(({ data }) => data)).toEqual([{ level: 1 }])
  })
})
