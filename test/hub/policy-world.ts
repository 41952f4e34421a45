import type { Identity } from '../../src/access/identity.ts'
import { openIdentity } from '../../src/access/identity.ts'
import type { Change, Operation } from '../../src/domain/change.ts'
import type { Policies, PolicyRule } from '../../src/domain/policy.ts'
import type { EventRule, TableRule } from '../../src/domain/rule.ts'

/** A row, as the oracle sees it. */
export type PlainRow = Readonly<Record<string, string | number | null>>

/** What a condition says of a row; `error` when it cannot be told. */
export type Truth = boolean | 'error'

/** What an oracle's condition may look at. */
export interface Looking {
  readonly row: PlainRow
  readonly old: PlainRow | null
  readonly auth: Readonly<Record<string, unknown>>
  readonly op: Operation
}

/** A condition twice: as the hub gets it, and as plain code. */
export interface TwinCondition {
  readonly cel: string
  readonly holds: (looking: Looking) => Truth
}

/** A rule of a policy, before it is written in either language. */
export interface PlainRule {
  readonly deny: boolean
  readonly roles: readonly string[] | null
  readonly tenant: boolean
  readonly where: TwinCondition | null
  readonly hide: readonly string[]
}

/** Policies, before they are written in either language. */
export interface PlainPolicies {
  readonly default: 'allow' | 'deny'
  readonly tables: Readonly<Record<string, readonly PlainRule[]>>
  readonly events: Readonly<Record<string, readonly PlainRule[]>>
}

/** A change, before it is written as the journal holds it. */
export interface PlainChange {
  readonly seq: number
  readonly op: Operation
  readonly table: string
  readonly old: PlainRow | null
  readonly new: PlainRow | null
  readonly truncated: boolean
}

/** Fields of somebody's `auth`, and his roles and tenant. */
export interface PlainIdentity {
  readonly user: string | null
  readonly roles: readonly string[]
  readonly tenant: string | null
  readonly claims: Readonly<Record<string, unknown>>
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null

/** Conditions of policies. */
export const policyConditions: readonly TwinCondition[] = [
  {
    cel: 'new.owner == auth.sub',
    holds: ({ row, auth }) =>
      row['owner'] === undefined || !isThere(auth['sub']) ? 'error' : row['owner'] === auth['sub'],
  },
  {
    cel: "new.status == 'OPEN'",
    holds: ({ row }) => (row['status'] === undefined ? 'error' : row['status'] === 'OPEN'),
  },
  {
    cel: 'new.amount <= auth.clearance',
    holds: ({ row, auth }) =>
      row['amount'] === undefined || !isThere(auth['clearance'])
        ? 'error'
        : Number(row['amount']) <= Number(auth['clearance']),
  },
  {
    cel: "auth.department == 'night' || new.status != 'GONE'",
    holds: ({ row, auth }) => {
      const either: Truth[] = [
        !isThere(auth['department']) ? 'error' : auth['department'] === 'night',
        row['status'] === undefined ? 'error' : row['status'] !== 'GONE',
      ]
      return either.includes(true) ? true : either.includes('error') ? 'error' : false
    },
  },
  {
    cel: '[10, 20, 30].exists(each, each == new.amount)',
    holds: ({ row }) =>
      row['amount'] === undefined ? 'error' : [10, 20, 30].includes(Number(row['amount'])),
  },
  { cel: "op == 'DELETE'", holds: ({ op }) => op === 'DELETE' },
  { cel: 'new.nowhere == 1', holds: () => 'error' },
]

/** Conditions of subscriptions, some of them out to find what is hidden. */
export const subscriptionConditions: readonly TwinCondition[] = [
  {
    cel: "new.status == 'OPEN'",
    holds: ({ row }) => (row['status'] === undefined ? 'error' : row['status'] === 'OPEN'),
  },
  {
    cel: "new.secret.startsWith('secret')",
    holds: ({ row }) => (row['secret'] === undefined ? 'error' : true),
  },
  { cel: '!has(new.note)', holds: ({ row }) => row['note'] === undefined },
  {
    cel: "old != null && old.status == 'OPEN'",
    holds: ({ old }) =>
      old === null ? false : old['status'] === undefined ? 'error' : old['status'] === 'OPEN',
  },
  {
    cel: "old == null || old.secret != ''",
    holds: ({ old }) => (old === null ? true : old['secret'] === undefined ? 'error' : true),
  },
]

/** A rule of the mapping twice: as the hub gets it, and as plain code. */
export interface TwinRule {
  readonly rule: EventRule
  readonly happens: (change: PlainChange) => boolean
  /** Columns that its condition and its rooms read. */
  readonly condition: readonly string[]
  readonly fields:
    | readonly {
        readonly name: string
        readonly reads: readonly string[]
        readonly value: (change: PlainChange) => unknown
      }[]
    | null
  readonly room: ((change: PlainChange) => string | null) | null
}

const location = { file: 'rtbridge.yaml', line: 1, column: 1 }
const baseRule: Omit<EventRule, 'eventType' | 'on'> = {
  when: null,
  data: null,
  rooms: null,
  roles: null,
  priority: 'normal',
  location,
  locations: {},
}

/** The business events of each table. */
export const twinRules: readonly TwinRule[] = [
  {
    rule: {
      ...baseRule,
      eventType: 'NOTE_TAKEN',
      on: ['insert', 'update'],
      data: { note: 'new.note', secret: 'new.secret', row: 'new' },
    },
    happens: ({ op, truncated }) => (op === 'INSERT' || op === 'UPDATE') && !truncated,
    condition: [],
    fields: [
      { name: 'note', reads: ['new.note'], value: change => change.new?.['note'] },
      { name: 'secret', reads: ['new.secret'], value: change => change.new?.['secret'] },
      { name: 'row', reads: ['new'], value: change => change.new },
    ],
    room: null,
  },
  {
    rule: {
      ...baseRule,
      eventType: 'STATUS_CHANGED',
      on: ['update'],
      when: 'old.status != new.status',
      data: { was: 'old.secret', is: 'new.status' },
    },
    happens: ({ op, truncated, ...rows }) =>
      op === 'UPDATE' && !truncated && rows.old?.['status'] !== rows.new?.['status'],
    condition: ['old.status', 'new.status'],
    fields: [
      { name: 'was', reads: ['old.secret'], value: change => change.old?.['secret'] },
      { name: 'is', reads: ['new.status'], value: change => change.new?.['status'] },
    ],
    room: null,
  },
  {
    rule: { ...baseRule, eventType: 'COSTLY', on: ['insert', 'update'], when: 'new.amount > 15' },
    happens: ({ op, truncated, ...rows }) =>
      (op === 'INSERT' || op === 'UPDATE') && !truncated && Number(rows.new?.['amount']) > 15,
    condition: ['new.amount'],
    fields: null,
    room: null,
  },
  {
    rule: { ...baseRule, eventType: 'ENDED', on: ['delete'], data: { note: 'old.note', id: 'old.id' } },
    happens: ({ op, truncated }) => op === 'DELETE' && !truncated,
    condition: [],
    fields: [
      { name: 'note', reads: ['old.note'], value: change => change.old?.['note'] },
      { name: 'id', reads: ['old.id'], value: change => change.old?.['id'] },
    ],
    room: null,
  },
  {
    rule: {
      ...baseRule,
      eventType: 'TOLD_OWNER',
      on: ['insert', 'update'],
      rooms: ['owner:{new.owner}'],
      data: { id: 'new.id' },
    },
    happens: ({ op, truncated }) => (op === 'INSERT' || op === 'UPDATE') && !truncated,
    condition: ['new.owner'],
    fields: [{ name: 'id', reads: ['new.id'], value: change => change.new?.['id'] }],
    room: change => `owner:${change.new?.['owner']}`,
  },
  {
    rule: { ...baseRule, eventType: 'FOR_BOSS', on: ['insert', 'update', 'delete'], roles: ['boss'] },
    happens: ({ op }) => op !== 'TRUNCATE',
    condition: [],
    fields: null,
    room: null,
  },
]

/** The rules of the mapping, as a configuration has them. */
export const tableRules: readonly TableRule[] = [
  {
    pattern: '*',
    channel: null,
    exclude: [],
    maxRowBytes: 1_000_000,
    events: twinRules.map(({ rule }) => rule),
    location,
  },
]

const tables = new Map<string, Change['table']>()

function tableOf(name: string): Change['table'] {
  const known = tables.get(name) ?? { id: tables.size + 1, schema: 'public', name, keyColumns: ['id'] }
  tables.set(name, known)
  return known
}

/** JSON as PostgreSQL prints a `jsonb` object. */
export function jsonb(row: PlainRow): string {
  const members = Object.entries(row).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
  return `{${members.join(', ')}}`
}

/** A change as the journal holds it. */
export function toChange(plain: PlainChange, tx: number): Change {
  return {
    seq: String(plain.seq),
    xid: String(tx),
    at: '2026-01-01T00:00:00.000Z',
    table: plain.op === 'PUBLISH' ? { id: 0, schema: '', name: '', keyColumns: [] } : tableOf(plain.table),
    op: plain.op,
    oldRow: plain.old === null ? null : jsonb(plain.old),
    newRow: plain.new === null ? null : plain.op === 'PUBLISH' ? published(plain) : jsonb(plain.new),
    origin: null,
    truncated: plain.truncated,
  }
}

/** The table of a published event is its name. */
function published({ table, new: data }: PlainChange): string {
  return `{"event_type": "${table}", "room": null, "data": ${jsonb(data ?? {})}}`
}

/** Policies as a configuration has them. */
export function toPolicies(plain: PlainPolicies): Policies {
  const policies = (named: PlainPolicies['tables']) =>
    Object.entries(named).map(([name, rules]) => ({ name, rules: rules.map(toRule), location }))
  return {
    default: plain.default,
    tables: policies(plain.tables),
    events: policies(plain.events),
    publish: null,
  }
}

function toRule({ deny, roles, tenant, where, hide }: PlainRule): PolicyRule {
  return {
    deny,
    roles,
    where: where?.cel ?? null,
    tenant: tenant ? 'tenant' : null,
    hide: deny ? [] : hide,
    location,
    whereLocation: location,
  }
}

export function toIdentity(plain: PlainIdentity): Identity {
  return { ...openIdentity, ...plain }
}
