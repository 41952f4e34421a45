import { describe, expect, test } from 'vitest'
import type {
  Catalogue,
  CatalogueTable,
  InstalledTrigger,
  Registration,
} from '../../src/install/catalogue.ts'
import { planInstall } from '../../src/install/plan.ts'
import { rulesFor, type TableChoice } from './install-fixture.ts'

const files = ['0001_a.sql', '0002_b.sql']

function catalogueOf(tables: readonly CatalogueTable[], changes: Partial<Catalogue> = {}): Catalogue {
  return {
    serverVersion: '18.0',
    serverVersionNumber: 180_000,
    database: 'office',
    role: 'admin',
    standby: false,
    journalOwner: null,
    mayCreateSchema: true,
    maxPreparedTransactions: 0,
    migrations: files,
    foreignSchema: false,
    tables,
    canary: null,
    registrations: [registration()],
    ...changes,
  }
}

function table(changes: Partial<CatalogueTable> = {}): CatalogueTable {
  return {
    oid: '100',
    schema: 'public',
    name: 'booking',
    owner: 'admin',
    owned: true,
    partitionOf: [],
    columns: ['id', 'seats', 'pin'],
    virtualColumns: [],
    keyColumns: ['id'],
    triggers: [],
    rows: 0,
    ...changes,
  }
}

function registration(changes: Partial<Registration> = {}): Registration {
  return {
    id: '1',
    relation: '100',
    schema: 'public',
    name: 'booking',
    keyColumns: ['id'],
    excluded: [],
    maxRowBytes: 1_048_576,
    misprinted: false,
    unbroken: false,
    ...changes,
  }
}

const allFour: readonly InstalledTrigger[] = (['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const).map(
  operation => ({
    name: `!rtbridge_${operation.toLowerCase()}`,
    operation,
    enabled: true,
    conditional: false,
    registrationId: '1',
  }),
)
const captured = (changes: Partial<CatalogueTable> = {}) => table({ triggers: allFour, ...changes })

function plan(catalogue: Catalogue, choice: TableChoice = { booking: {} }, doorbell = true) {
  return planInstall({ catalogue, files, ruleFor: rulesFor(choice), doorbell })
}

describe('a plan', () => {
  test('begins with everything when nothing is installed', () => {
    const { steps } = plan(catalogueOf([table()], { migrations: null, registrations: [] }))
    expect(steps).toEqual([
      { kind: 'migrate', files },
      {
        kind: 'capture',
        reason: 'not captured yet',
        missed: false,
        target: {
          schema: 'public',
          name: 'booking',
          keyColumns: ['id'],
          excluded: [],
          maxRowBytes: 1_048_576,
        },
      },
    ])
  })

  test('runs only the install files that are missing', () => {
    const { steps } = plan(catalogueOf([captured()], { migrations: ['0001_a.sql'] }))
    expect(steps).toEqual([{ kind: 'migrate', files: ['0002_b.sql'] }])
  })

  test('is empty when all is as it should be', () => {
    expect(plan(catalogueOf([captured(), table({ oid: '101', name: 'other' })]))).toEqual({
      steps: [],
      unchanged: [{ schema: 'public', name: 'booking' }],
      notes: [],
    })
  })

  test('mends the canary, which no rule can choose or release', () => {
    const canary = table({ oid: '7', schema: 'rtbridge', name: 'canary', keyColumns: ['hub_id'] })
    expect(plan(catalogueOf([], { canary }), {}).steps).toEqual([
      {
        kind: 'capture',
        target: {
          schema: 'rtbridge',
          name: 'canary',
          keyColumns: ['hub_id'],
          excluded: [],
          maxRowBytes: 1_048_576,
        },
        reason: 'not captured yet',
        missed: false,
      },
    ])
  })

  test('releases a table that is captured and no longer chosen', () => {
    const { steps, unchanged } = plan(catalogueOf([captured()]), {})
    expect(steps).toEqual([
      { kind: 'release', table: { schema: 'public', name: 'booking' }, reason: 'no longer configured' },
    ])
    expect(unchanged).toEqual([])
  })

  test.each<[string, CatalogueTable, Registration[], TableChoice[string]]>([
    ['not captured yet', table(), [], {}],
    ['no longer captured', table(), [registration()], {}],
    ['a trigger is missing', captured({ triggers: allFour.slice(1) }), [registration()], {}],
    [
      'trigger !rtbridge_update is disabled',
      captured({ triggers: allFour.map(entry => ({ ...entry, enabled: entry.operation !== 'UPDATE' })) }),
      [registration()],
      {},
    ],
    ['its triggers do not belong together', captured(), [registration({ id: '2' })], {}],
    [
      'its triggers do not belong together',
      captured({ triggers: allFour.map((entry, i) => ({ ...entry, registrationId: i === 0 ? '2' : '1' })) }),
      [registration(), registration({ id: '2' })],
      {},
    ],
    ['the table was created anew', captured({ oid: '200' }), [registration()], {}],
    ['the table was created anew', table({ oid: '200' }), [registration()], {}],
    ['the table was renamed', captured(), [registration({ name: 'reservation' })], {}],
    ['the table was renamed', captured(), [registration({ schema: 'sales' })], {}],
    ['its primary key has changed', captured({ keyColumns: ['id', 'seats'] }), [registration()], {}],
    ['its primary key has changed', captured({ keyColumns: [] }), [registration()], {}],
    ['the excluded columns have changed', captured(), [registration()], { exclude: ['pin'] }],
    ['the excluded columns have changed', captured(), [registration({ excluded: ['pin'] })], {}],
    ['the excluded columns have changed', captured({ virtualColumns: ['seats'] }), [registration()], {}],
    ['the largest row has changed', captured(), [registration()], { maxRowBytes: 4_096 }],
    ['the type of its primary key has changed', captured(), [registration({ misprinted: true })], {}],
  ])('captures a table anew because %s', (reason, found, registrations, settings) => {
    const { steps } = plan(catalogueOf([found], { registrations }), { booking: settings })
    // A table that was captured all the time missed nothing.
    const missed = !/renamed|changed|not captured yet/.test(reason)
    expect(steps).toMatchObject([{ kind: 'capture', reason, missed, target: { name: 'booking' } }])
  })

  describe('where triggers are of an earlier, slower kind', () => {
    const triggers = allFour.map(entry => ({ ...entry, conditional: entry.operation === 'UPDATE' }))
    const theirs = (changes: Partial<CatalogueTable> = {}) =>
      catalogueOf([captured({ triggers, ...changes })])
    const planFor = (catalogue: Catalogue, renew: boolean) =>
      planInstall({ catalogue, files, ruleFor: rulesFor({ booking: {} }), doorbell: true, renew })

    test('leaves them, with a note, whoever owns the table', () => {
      const { steps, unchanged, notes } = planFor(theirs({ owned: false }), false)
      expect({ steps, unchanged }).toEqual({ steps: [], unchanged: [{ schema: 'public', name: 'booking' }] })
      expect(notes).toEqual([
        expect.stringMatching(/booking were made by an earlier version.*install-triggers --renew$/),
      ])
    })

    test('makes them anew when it is told to, but not the canary’s', () => {
      const canary = captured({
        oid: '7',
        schema: 'rtbridge',
        name: 'canary',
        keyColumns: ['hub_id'],
        triggers,
      })
      const registrations = [
        registration(),
        registration({ relation: '7', schema: 'rtbridge', name: 'canary', keyColumns: ['hub_id'] }),
      ]
      const { steps, notes } = planFor(
        {
          ...theirs(),
          canary: { ...canary, triggers: triggers.map(entry => ({ ...entry, registrationId: '2' })) },
          registrations: registrations.map((entry, at) => ({ ...entry, id: String(at + 1) })),
        },
        true,
      )
      expect(steps).toMatchObject([
        {
          kind: 'capture',
          reason: 'its triggers are of an earlier, slower kind',
          missed: false,
          target: { name: 'booking' },
        },
      ])
      expect(notes).toEqual([])
      expect(() => planFor(theirs({ owned: false }), true)).toThrow(
        expect.objectContaining({ code: 'RTB_INSTALL_NOT_OWNER' }),
      )
    })
  })

  test('tells nobody of a gap when a dump with its triggers was restored, whose tables have other oids', () => {
    const restored = { registrations: [registration({ unbroken: true })] }
    const { steps } = plan(catalogueOf([captured({ oid: '200' })], restored), { booking: {} })
    expect(steps).toMatchObject([{ reason: 'the table was created anew', missed: false }])
  })

  test('takes excluded columns as a set, whatever their order', () => {
    const found = catalogueOf([captured()], { registrations: [registration({ excluded: ['pin', 'seats'] })] })
    expect(plan(found, { booking: { exclude: ['seats', 'pin', 'seats'] } }).steps).toEqual([])
  })

  test('leaves out columns that are generated when read: triggers never see their values', () => {
    const { steps } = plan(catalogueOf([table({ virtualColumns: ['seats'] })]), {
      booking: { exclude: ['pin'] },
    })
    expect(steps).toMatchObject([{ target: { excluded: ['pin', 'seats'] } }])
  })

  test('captures a partition through its chosen root, not twice', () => {
    const root = table({ oid: '1', name: 'trip' })
    const leaf = table({ oid: '2', name: 'trip_2026', partitionOf: ['1'] })
    const inner = table({ oid: '3', name: 'trip_2026_a', partitionOf: ['2', '1'] })
    const steps = (choice: TableChoice) =>
      plan(catalogueOf([root, leaf, inner]), choice).steps.map(step =>
        step.kind === 'capture' ? step.target.name : '',
      )
    expect(steps({ 'trip*': {} })).toEqual(['trip'])
    expect(steps({ 'trip_*': {} })).toEqual(['trip_2026'])
    expect(steps({ trip_2026_a: {} })).toEqual(['trip_2026_a'])
  })

  test('releases a partition that was captured by itself when its root is chosen', () => {
    const root = table({ oid: '1', name: 'trip' })
    const leaf = captured({ oid: '2', name: 'trip_2026', partitionOf: ['1'] })
    const { steps } = plan(catalogueOf([root, leaf]), { 'trip*': {} })
    expect(steps.map(step => step.kind)).toEqual(['capture', 'release'])
  })

  test('notes tables without a key, and prepared transactions beside the doorbell', () => {
    const found = catalogueOf([table({ keyColumns: [] })], { maxPreparedTransactions: 10 })
    expect(plan(found).notes).toEqual([
      expect.stringContaining('PREPARE TRANSACTION'),
      'booking has no primary key: its events have no id.',
    ])
    expect(plan(found, { booking: {} }, false).notes).toHaveLength(1)
  })

  test('notes once for each owner that its casts run with the rights of the installing role', () => {
    const tables = ['a', 'b', 'c'].map((name, i) =>
      table({ oid: `${i}`, name, owner: i < 2 ? 'shop' : 'admin' }),
    )
    expect(plan(catalogueOf(tables), { '*': {} }).notes).toEqual([
      expect.stringMatching(/^Tables of shop are captured with the rights of admin: .* install as shop\.$/),
    ])
  })

  test.each<[string, Catalogue]>([
    ['RTB_DATABASE_TOO_OLD', catalogueOf([], { serverVersionNumber: 120_020, serverVersion: '12.20' })],
    ['RTB_DATABASE_STANDBY', catalogueOf([], { standby: true })],
    ['RTB_INSTALL_FOREIGN_SCHEMA', catalogueOf([], { foreignSchema: true, migrations: null })],
    ['RTB_INSTALL_NO_CREATE', catalogueOf([], { mayCreateSchema: false, migrations: null })],
    ['RTB_INSTALL_NEWER', catalogueOf([], { migrations: [...files, '0003_c.sql'] })],
    ['RTB_INSTALL_NOT_OWNER', catalogueOf([table({ owned: false, owner: 'shop' })])],
    ['RTB_INSTALL_NOT_OWNER', catalogueOf([captured({ owned: false, name: 'gone' })])],
  ])('is refused with %s', (code, catalogue) => {
    expect(() => plan(catalogue)).toThrow(expect.objectContaining({ code }))
  })

  test.each([
    ['pin_code', 'the table has no such column'],
    ['id', 'it belongs to the primary key'],
  ])('is refused when %s is to be excluded: %s', (column, problem) => {
    expect(() => plan(catalogueOf([table()]), { booking: { exclude: [column] } })).toThrow(
      expect.objectContaining({
        code: 'RTB_INSTALL_EXCLUDED_COLUMN',
        message: expect.stringContaining(problem),
      }),
    )
  })

  test('does not mind who owns a table that needs nothing', () => {
    expect(
      plan(catalogueOf([captured({ owned: false }), table({ oid: '9', name: 'x', owned: false })])).steps,
    ).toEqual([])
  })
})
