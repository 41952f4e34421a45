import { describe, expect, test } from 'vitest'
import type { ChangeOutcome } from '../../src/domain/rule-outcome.ts'
import { waitFor } from '../support/wait-for.ts'
import { type DashboardHub, openDashboardHub } from './open-dashboard.ts'

/** A hub that has read the journal: what is written from here on stays in it. */
async function openLiveHub(yaml = ''): Promise<DashboardHub> {
  const hub = await openDashboardHub(yaml)
  await hub.daemon.live
  return hub
}

const booking = (plate: string) =>
  `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount) VALUES ('sfax', '${plate}', 2, 17.5)`

async function ask(hub: DashboardHub, body: object, key = hub.adminKey): Promise<[number, unknown]> {
  const answer = await fetch(`${hub.origin}/api/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  })
  return [answer.status, await answer.json()]
}

async function explain(hub: DashboardHub, body: object): Promise<ChangeOutcome> {
  const [status, outcome] = await ask(hub, body)
  expect([status, outcome]).toEqual([200, expect.anything()])
  return outcome as ChangeOutcome
}

const results = ({ rules }: ChangeOutcome) =>
  Object.fromEntries(rules.map(({ event_type: type, result }) => [type, result]))
const last = (op = 'INSERT', table = 'bookings') => ({ from: 'last', table, op })
const row = (more: object) => ({
  from: 'row',
  table: 'bookings',
  op: 'INSERT',
  old: null,
  new: null,
  ...more,
})

describe('what the rules make of a change', () => {
  test('is told of typed rows, with what the conditions looked at, and no number loses a digit', async () => {
    const hub = await openLiveHub()
    const rows = {
      op: 'UPDATE',
      old: '{"id": 9007199254740993, "status": "CONFIRMED"}',
      new: '{"id": 9007199254740993, "status": "CANCELLED"}',
    }
    const outcome = await explain(hub, row(rows))
    expect(results(outcome)).toEqual({ BOOKING_CREATED: 'other-operation', BOOKING_CANCELLED: 'fired' })
    expect(outcome.change).toMatchObject({ id: '9007199254740993', seq: null })
    const still = await explain(hub, row({ ...rows, new: '{"id": 1, "status": "ACTIVE"}' }))
    expect(results(still)).toMatchObject({ BOOKING_CANCELLED: 'condition-false' })
    expect(JSON.stringify(still.rules)).toContain('{"path":"new.status","value":"\\"ACTIVE\\"","note":null}')
  })

  test('is told of the last change of a table, and of the very change behind an event', async () => {
    const hub = await openLiveHub()
    await hub.database.query(booking('101 TUN 1'))
    await hub.database.query(booking('102 TUN 2'))
    const outcome = await explain(hub, last())
    expect(results(outcome)).toEqual({ BOOKING_CREATED: 'fired', BOOKING_CANCELLED: 'other-operation' })
    expect(outcome.change.new).toContain('102 TUN 2')
    const { tx, seq } = outcome.change
    const again = await explain(hub, { from: 'journal', tx, seq })
    expect(again).toEqual(outcome)
  })

  test('follows a reload of the rules', async () => {
    const hub = await openLiveHub()
    await hub.reload('tables: { bookings: { events: { SOLD: { on: insert } } } }')
    const outcome = await explain(hub, row({ new: '{"id": 1}' }))
    expect(results(outcome)).toEqual({ SOLD: 'fired' })
  })

  test('is refused for what is not there, and for rows that do not fit the operation', async () => {
    const hub = await openLiveHub()
    const code = async (body: object) => {
      const [status, answer] = await ask(hub, body)
      return [status, (answer as { code: string }).code]
    }
    expect(await code(last('INSERT', 'nothing'))).toEqual([404, 'RTB_HTTP_TABLE'])
    expect(await code(last('INSERT', 'rtbridge.canary'))).toEqual([404, 'RTB_HTTP_TABLE'])
    expect(await code(last('DELETE'))).toEqual([404, 'RTB_HTTP_CHANGE'])
    expect(await code({ from: 'journal', tx: '1', seq: '1' })).toEqual([404, 'RTB_HTTP_CHANGE'])
    for (const wrong of [
      { from: 'journal', tx: '1', seq: '9999999999999999999' },
      row({ new: '[1]' }),
      row({ new: 'true' }),
      row({ new: '{"id": 1}', old: '{"id": 1}' }),
      row({ op: 'UPDATE', new: '{"id": 1}' }),
      row({ op: 'PUBLISH' }),
      { from: 'elsewhere' },
    ]) {
      expect([wrong, await code(wrong)]).toEqual([wrong, [400, 'RTB_HTTP_BODY']])
    }
  })

  test('is for admins only', async () => {
    const hub = await openLiveHub()
    const [status, answer] = await ask(hub, row({ new: '{}' }), hub.clerkKey)
    expect([status, answer]).toMatchObject([403, { code: 'RTB_HTTP_ADMIN' }])
  })

  test('is kept from an admin who does not see all of the row, whatever way he asks', async () => {
    const hidden = 'policies: { tables: { bookings: [{ roles: [admin], hide: [total_amount] }] } }'
    const hub = await openLiveHub(hidden)
    await hub.database.query(booking('101 TUN 1'))
    const { rows } = await hub.database.query(
      `SELECT j.xid::text AS tx, j.seq::text AS seq FROM rtbridge.journal j JOIN rtbridge.captured_table t ON t.id = j.table_id WHERE t.table_name = 'bookings'`,
    )
    expect(rows).toHaveLength(1)
    for (const body of [last(), { from: 'journal', ...rows[0] }]) {
      const [status, answer] = await ask(hub, body)
      expect([status, answer]).toMatchObject([403, { code: 'RTB_HTTP_CHANGE_HIDDEN' }])
      expect(JSON.stringify(answer)).not.toContain('17.5')
    }
    const typed = await explain(hub, row({ new: '{"id": 1, "total_amount": 3}' }))
    expect(results(typed)).toMatchObject({ BOOKING_CREATED: 'fired' })
  })

  test('does not open what was published into a room', async () => {
    const hub = await openLiveHub()
    await hub.database.query(`SELECT rtbridge.publish('NOTE', '{"text": "between us"}', room => 'office')`)
    await hub.database.query(`SELECT rtbridge.publish('NOTICE', '{"text": "to all"}')`)
    const { rows } = await hub.database.query(
      `SELECT xid::text AS tx, seq::text AS seq FROM rtbridge.journal WHERE op = 'P' ORDER BY seq`,
    )
    const [inRoom, toAll] = rows.map(position => ({ from: 'journal', ...position }))
    expect(await ask(hub, inRoom ?? {})).toMatchObject([403, { code: 'RTB_HTTP_CHANGE_HIDDEN' }])
    expect(await explain(hub, toAll ?? {})).toMatchObject({ event: { event_type: 'NOTICE' }, rules: [] })
  })
})

describe('the doctor of a hub', () => {
  const examine = async (hub: DashboardHub, key = hub.adminKey) => {
    const answer = await fetch(`${hub.origin}/api/doctor`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    })
    return { status: answer.status, text: await answer.text() }
  }

  test('gives an admin the report, once for all who ask together, and no secret with it', async () => {
    const hub = await openLiveHub()
    const [one, other] = await Promise.all([examine(hub), examine(hub)])
    expect(one.status).toBe(200)
    expect(other.text).toBe(one.text)
    expect((await examine(hub)).text).toBe(one.text)
    const report = JSON.parse(one.text) as { checks: { name: string; state: string; found: string }[] }
    const found = (name: string) => report.checks.find(check => check.name === name)
    expect(found('database')).toMatchObject({ state: 'ok' })
    expect(found('hub')?.found).toContain(`live at 127.0.0.1:${hub.daemon.port}`)
    expect(found('hubs')).toMatchObject({ state: 'ok' })
    // Where the configuration stands was not told.
    expect(found('configuration')).toBeUndefined()
    const password = new URL(hub.database.url).password
    if (password.length >= 4) expect(one.text).not.toContain(password)
  })

  test('sees what is wrong, and what mends it', async () => {
    const hub = await openLiveHub()
    await hub.database.query('ALTER TABLE bookings DISABLE TRIGGER ALL')
    await waitFor(async () => {
      const report = JSON.parse((await examine(hub)).text) as { state: string; checks: object[] }
      const tables = { name: 'tables', state: 'problem', findings: [{ fix: 'rtbridge install-triggers' }] }
      return report.state === 'problem' && report.checks.some(check => matches(check, tables))
    })
  })

  test('is for admins only', async () => {
    const hub = await openLiveHub()
    expect(await examine(hub, hub.clerkKey)).toMatchObject({ status: 403 })
  })
})

function matches(check: object, wanted: object): boolean {
  try {
    expect(check).toMatchObject(wanted)
    return true
  } catch {
    return false
  }
}
