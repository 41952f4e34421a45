import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LiveTable } from '../../../src/client/tables/live-table.ts'
import type { TableOptions } from '../../../src/client/tables/state/table-request.ts'
import { isFullSize, loadTimeoutMs } from '../../support/full-size.ts'
import { ModelClient } from './model-client.ts'
import { createRandom, ModelDatabase, type ModelQuery, type Random } from './model-database.ts'
import { rowData } from './model-hub.ts'

interface Watched {
  readonly table: LiveTable
  readonly query: ModelQuery
  readonly columns: readonly string[] | undefined
  /** Rows as the listeners were told of them. */
  told: Set<unknown>
}

const step = fc.record({
  kind: fc.constantFrom(
    'commit',
    'commit',
    'big commit',
    'receive',
    'receive many',
    'receive many',
    'cut',
    'connect',
    'gap',
    'wait',
    'reopen',
  ),
  n: fc.nat(0xffffffff),
})

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const wholeTable: Omit<ModelQuery, 'table'> = { group: null, order: [], limit: null }

/** What a client has open, and the same in the words of the model. */
const wanted: readonly [name: string, TableOptions, ModelQuery][] = [
  ['a', {}, { table: 'a', ...wholeTable }],
  ['b', {}, { table: 'b', ...wholeTable }],
  [
    'a',
    { where: 'new.g == 1', orderBy: 'n desc' },
    { ...wholeTable, table: 'a', group: 1, order: [{ column: 'n', desc: true, nullsFirst: true }] },
  ],
  [
    'a',
    { where: 'new.g == 0', orderBy: 'id desc' },
    { ...wholeTable, table: 'a', group: 0, order: [{ column: 'id', desc: true, nullsFirst: true }] },
  ],
  [
    'a',
    { orderBy: ['label', { column: 'n', nulls: 'first' }], limit: 3 },
    {
      ...wholeTable,
      table: 'a',
      order: [
        { column: 'label', desc: false, nullsFirst: false },
        { column: 'n', desc: false, nullsFirst: true },
      ],
      limit: 3,
    },
  ],
  [
    'a',
    { columns: ['label'], orderBy: 'n', limit: 1, where: 'new.g == 1' },
    { table: 'a', group: 1, order: [{ column: 'n', desc: false, nullsFirst: false }], limit: 1 },
  ],
  ['b', { limit: 2 }, { ...wholeTable, table: 'b', limit: 2 }],
]

/** Plays steps; throws at the first moment at which a live table is not what SQL returned. */
function play(steps: readonly Step[], bigOneIn: number): number {
  const database = new ModelDatabase()
  const client = new ModelClient(database, createRandom(steps[0]?.n ?? 0))
  const watched: Watched[] = []
  database.commit(createRandom(steps.length), 80, bigOneIn, 1)
  let commits = 0
  const open = (index: number) => {
    const [name, options, query] = wanted[index] as (typeof wanted)[number]
    watched[index] = watch(client, name, options, query)
  }
  wanted.forEach((_, index) => {
    open(index)
  })
  client.onCommit = cursor => {
    commits++
    for (const each of watched) check(database, each)
    const text = `${cursor.count}.0`
    for (const { table } of watched) if (table.state === 'live') expect(table.cursor).toBe(text)
  }
  for (const { kind, n } of steps) {
    const random = createRandom(n)
    playStep(kind, { client, database, random, bigOneIn, open, watched })
    for (const each of watched) check(database, each)
  }
  rest(client, database)
  for (const each of watched) {
    check(database, each)
    expect(each.table.state).toBe('live')
    // Nothing more is coming, so what is known of it has to be the last.
    expect(each.table.cursor?.split('.')[0]).toBe(String(database.transactions.length))
    for (const row of database.rows(database.transactions.length, each.query.table)) {
      if (!row.isBig) expect(each.table.isTruncated(String(row.id))).toBe(false)
    }
    each.table.close()
  }
  expect(client.errors).toEqual([])
  return commits
}

interface World {
  readonly client: ModelClient
  readonly database: ModelDatabase
  readonly random: Random
  readonly bigOneIn: number
  readonly open: (index: number) => void
  readonly watched: Watched[]
}

function playStep(kind: Step['kind'], { client, database, random, bigOneIn, open, watched }: World): void {
  if (kind === 'commit') database.commit(random, 1 + random(4), bigOneIn)
  else if (kind === 'big commit') database.commit(random, 10 + random(40), bigOneIn)
  else if (kind === 'receive') client.receive(false)
  else if (kind === 'receive many') {
    for (let left = random(60); left > 0; left--) client.receive(false)
    if (random(3) === 0) client.disconnect()
  } else if (kind === 'cut') client.receive(true)
  else if (kind === 'connect' || kind === 'gap') {
    client.disconnect()
    client.connect(kind === 'gap')
  } else if (kind === 'wait') client.clock.pass(300 + random(1500))
  else {
    const index = random(watched.length)
    watched[index]?.table.close()
    open(index)
  }
}

/** Lets everything come that there is to come. */
function rest(client: ModelClient, database: ModelDatabase): void {
  if (!client.isConnected) client.connect(false)
  const random = createRandom(database.transactions.length)
  for (let round = 0; round < 20; round++) {
    // A checkpoint for those that begin now.
    database.commit(random, 3, 0)
    while (client.receive(false));
    client.clock.pass(2_000)
  }
  while (client.receive(false));
}

function watch(client: ModelClient, name: string, options: TableOptions, query: ModelQuery): Watched {
  const table = client.tables.open(name, options)
  const watched: Watched = { table, query, columns: options.columns, told: new Set() }
  table.onChange((rows, { added, updated, removed }) => {
    expect(rows).toBe(table.rows)
    const before = watched.told
    for (const row of removed) expect(before.has(row)).toBe(true)
    for (const row of added) expect(before.has(row)).toBe(false)
    // What was not named has not changed: it is the same object.
    const named = new Set([...added, ...updated])
    for (const row of rows) expect(before.has(row)).toBe(!named.has(row))
    expect(before.size - removed.length + added.length).toBe(rows.length)
    watched.told = new Set(rows)
  })
  return watched
}

/** The rows are those of the cursor of the table, whatever its state. */
function check(database: ModelDatabase, { table, query, columns }: Watched): void {
  if (table.cursor === null) {
    expect(table.rows).toEqual([])
    return
  }
  const expected = database.select(Number(table.cursor.split('.')[0]), query)
  const isUnknown = (id: unknown) => table.isTruncated(String(id))
  if (query.limit === null || table.rows.every(row => !isUnknown(row['id']))) {
    const ids = (rows: readonly { readonly id?: unknown }[]) =>
      rows.map(({ id }) => Number(id)).sort((a, b) => a - b)
    if (!expected.some(row => row.isBig)) expect(ids(table.rows)).toEqual(ids(expected))
  }
  const known = table.rows.filter(row => !isUnknown(row['id']))
  const sure = expected.filter(row => !isUnknown(row.id))
  if (query.limit === null || known.length === table.rows.length) {
    expect(known).toEqual(sure.map(row => rowData({ ...row, isBig: false }, columns)))
  }
  for (const row of table.rows) expect(table.get(String(row['id']))).toBe(row)
}

describe('live tables in a model of the hub', () => {
  test(
    'are at every checkpoint what SQL returns there, whatever happens in between',
    () => {
      let commits = 0
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), steps => {
          commits += play(steps, 0)
        }),
        { numRuns: isFullSize ? 20_000 : 100 },
      )
      expect(commits).toBeGreaterThan(1_000)
    },
    loadTimeoutMs,
  )

  test(
    'show rows that are too big by their key, and never take one for another',
    () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), steps => {
          play(steps, 5)
        }),
        { numRuns: isFullSize ? 10_000 : 50 },
      )
    },
    loadTimeoutMs,
  )
})
