import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTranslator } from '../../src/catalogue/translator.ts'
import type { Health } from '../../src/dashboard/state/answers.ts'
import { copyAs } from '../../src/dashboard/state/copy-as.ts'
import type { SeenEvent } from '../../src/dashboard/state/event-log.ts'
import { emptyLog, filterEvents, mostEvents, nextLog } from '../../src/dashboard/state/event-log.ts'
import { indentJson } from '../../src/dashboard/state/indent-json.ts'
import { judgeHealth } from '../../src/dashboard/state/judge-health.ts'
import type { Term } from '../../src/dashboard/state/outcome.ts'
import { decidingTerms } from '../../src/dashboard/state/outcome.ts'
import { addSample, noSamples } from '../../src/dashboard/state/samples.ts'
import { createTestDatabase } from '../support/test-database.ts'

const event = (id: string, more: Partial<SeenEvent> = {}): SeenEvent => ({
  event_type: 'INSERT',
  event_id: id,
  table: 'bookings',
  id,
  timestamp: '2026-01-01T00:00:00Z',
  data: { id, plate: "O'Neill \\ 1" },
  op: 'INSERT',
  seq: '7',
  tx: '9',
  origin: null,
  channel: null,
  subscriptions: ['default'],
  ...more,
})

const health = (more: Partial<Health> = {}): Health => ({
  hub_id: 'one',
  hub_version: '1',
  started_at: '2026-01-01T00:00:00Z',
  state: 'live',
  stale_since: null,
  problems: [],
  database: { connected: true, doorbell: true, pooled: false, error: null, warning: null },
  canary: { age_ms: 10, round_trip_ms: 5 },
  journal: null,
  hubs: [],
  hub: {
    connections: 1,
    registered: 1,
    behind: 0,
    catchingUp: 0,
    queuedBytes: 0,
    counters: { events: 10, delivered: 20, signals: 0 },
  },
  rule_failures: [],
  ...more,
})

describe('the verdict', () => {
  const judge = (given: Health) => judgeHealth(given, createTranslator('en'))

  test('says at what time the journal held what it tells of', () => {
    const measured_at = '2026-01-01T00:00:07Z'
    const limits = { bytes: 0, live_bytes: 0, max_bytes: 0, keep_ms: 0, resumable_since: measured_at }
    const journal = { rows: 0, oldest: null, measured_at, ...limits }
    for (const [language, count] of [
      ['en', '0'],
      ['fr', '0'],
      ['ar', 'خالي'],
    ] as const) {
      const translator = createTranslator(language)
      const said = judgeHealth(health({ journal }), translator).sentences.map(({ text }) => text)
      const sentence = said.find(text => text.includes(translator.clock(measured_at)))
      expect(sentence).toContain(count)
    }
  })

  test('says that all is well', () => {
    expect(judge(health())).toMatchObject({ mark: 'ok', title: 'Everything works' })
    expect(judge(health()).sentences[0]).toEqual({
      mark: 'ok',
      text: 'PostgreSQL is connected, and listening.',
    })
  })

  test('wants attention for clients that are behind', () => {
    const { mark, sentences } = judge(health({ hub: { ...health().hub, behind: 2 } }))
    expect(mark).toBe('warn')
    expect(sentences).toContainEqual({ mark: 'warn', text: '2 clients are behind.' })
  })

  test('says since when the database is away', () => {
    const database = { ...health().database, connected: false }
    const away = judge(health({ state: 'stale', stale_since: '2026-01-01T10:00:00Z', database }))
    expect(away.mark).toBe('fail')
    expect(away.sentences[0]?.text).toMatch(/^PostgreSQL is away since .*2026/)
  })
})

describe('samples', () => {
  test('make rates of counters, and begin anew with a hub that was started anew', () => {
    const counted = (events: number) =>
      health({ hub: { ...health().hub, counters: { events, delivered: 0, signals: 0 } } })
    let samples = addSample(noSamples, counted(10), 0)
    samples = addSample(samples, counted(30), 2_000)
    expect(samples.events).toEqual([10])
    samples = addSample(samples, { ...counted(3), hub_id: 'two' }, 4_000)
    expect(samples.events).toEqual([10])
  })
})

describe('the log of events', () => {
  test('holds back what comes in a pause, and shows it afterwards, the newest first', () => {
    let log = nextLog(emptyLog, { type: 'events', events: [event('1')] })
    log = nextLog(log, { type: 'pause' })
    log = nextLog(log, { type: 'events', events: [event('2'), event('3')] })
    expect([log.shown.length, log.waiting.length]).toEqual([1, 2])
    log = nextLog(log, { type: 'resume' })
    expect(log.shown.map(({ event_id: id }) => id)).toEqual(['3', '2', '1'])
  })

  test('is bounded, in a pause too', () => {
    const many = Array.from({ length: mostEvents + 5 }, (_, at) => event(String(at)))
    const log = nextLog(nextLog(emptyLog, { type: 'pause' }), { type: 'events', events: many })
    expect(log.waiting).toHaveLength(mostEvents)
    expect(log.waiting[0]?.event_id).toBe(String(mostEvents + 4))
  })

  test('finds events by all words, in whatever case', () => {
    const events = [event('1'), event('2', { table: 'queue' })]
    expect(filterEvents(events, 'QUEUE insert')).toEqual([events[1]])
    expect(filterEvents(events, ' ')).toEqual(events)
  })
})

describe('an event is copied', () => {
  const options = { origin: 'http://office:8765', isSignedIn: true }

  test('as SQL that PostgreSQL takes, and that stores the same', async () => {
    const database = await createTestDatabase()
    await database.query('CREATE TABLE bookings (id text, plate text)')
    await database.query(copyAs(event('1'), 'sql', options))
    const found = await database.query('SELECT plate FROM bookings')
    expect(JSON.stringify(found)).toContain(JSON.stringify("O'Neill \\ 1"))
  })

  test('as SQL that looks into the journal, where no statement does the same', () => {
    expect(copyAs(event('1', { event_type: 'BOOKED' }), 'sql', options)).toBe(
      'SELECT * FROM rtbridge.journal WHERE seq = 7;',
    )
  })

  test('as curl and TypeScript, never with a token', () => {
    const typed = event('1', { event_type: "IT'S" })
    expect(copyAs(typed, 'curl', options)).toBe(
      `curl -N -H "Authorization: Bearer $RTBRIDGE_TOKEN" 'http://office:8765/events?events=IT%27S&tables=bookings'`,
    )
    expect(copyAs(typed, 'typescript', options)).toContain(
      `client.subscribe({"events":["IT'S"],"tables":["bookings"]}, event`,
    )
  })
})

describe('JSON is put on lines', () => {
  test('with every number and text as it was, and the same meaning', () => {
    fc.assert(
      fc.property(fc.json(), text => {
        const indented = indentJson(text)
        expect(JSON.parse(indented)).toEqual(JSON.parse(text))
        expect(indentJson(indented)).toBe(indented)
      }),
    )
    expect(indentJson('{"a": 9007199254740993.10, "b": [], "c": {"d": "x, {y}"}}')).toBe(
      '{\n  "a": 9007199254740993.10,\n  "b": [],\n  "c": {\n    "d": "x, {y}"\n  }\n}',
    )
  })
})

describe('what decided a condition', () => {
  const term = (text: string, more: Partial<Term> = {}): Term => ({
    text,
    value: 'false',
    problem: null,
    decides: true,
    reads: [],
    parts: [],
    ...more,
  })

  test('is the deepest of its parts that did, or the whole', () => {
    const parts = [term('a', { decides: false }), term('!(b || c)', { parts: [term('b'), term('c')] })]
    expect(decidingTerms(term('a && !(b || c)', { parts })).map(({ text }) => text)).toEqual(['b', 'c'])
    expect(decidingTerms(term('a')).map(({ text }) => text)).toEqual(['a'])
  })
})
