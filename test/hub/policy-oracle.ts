import { incarnation } from './memory-history.ts'
import type {
  PlainChange,
  PlainIdentity,
  PlainPolicies,
  PlainRow,
  PlainRule,
  Truth,
  TwinCondition,
  TwinRule,
} from './policy-world.ts'
import { twinRules } from './policy-world.ts'

/** What a client is to get of an event. */
export interface ExpectedEvent {
  readonly event_id: string
  readonly event_type: string
  readonly id: string | null
  readonly data: unknown
  readonly old_data: unknown
  readonly transition: string | undefined
}

/** Who looks, and how he asked. */
export interface Onlooker {
  readonly identity: PlainIdentity
  readonly rooms: readonly string[]
  /** Of his only subscription. */
  readonly where: TwinCondition | null
}

type Hidden = ReadonlySet<string> | null

/** What an onlooker is to get of a change: plain code, written from the promises and not from the hub. */
export function expectedOf(
  policies: PlainPolicies,
  change: PlainChange,
  onlooker: Onlooker,
): readonly ExpectedEvent[] {
  const { identity } = onlooker
  if (change.op === 'PUBLISH') return expectedPublished(policies, change, onlooker)
  const rules = policies.tables[change.table]
  const judge = (row: PlainRow | null): Hidden =>
    rules === undefined
      ? policies.default === 'allow' || row === null
        ? new Set()
        : null
      : judgeRow(rules, row, change, identity)
  if (change.op === 'TRUNCATE') {
    const sees = rules === undefined ? policies.default === 'allow' : seesTable(rules, identity)
    return sees ? [bare(change, { event_type: 'TRUNCATE', id: null, data: null })] : []
  }
  const before = change.old === null ? null : judge(change.old)
  const after = change.new === null ? null : judge(change.new)
  const seen: Seen = { old: cut(change.old, before), new: cut(change.new, after), before, after }
  if (seen.old === null && seen.new === null) return []
  const sameRow = JSON.stringify(seen.old) === JSON.stringify(seen.new)
  if (change.op === 'UPDATE' && sameRow && !change.truncated) return []
  const events = [tableEvent(change, seen), ...businessEvents(policies, change, seen, onlooker)]
  return events.flatMap(event => asked(event, change, seen, onlooker))
}

interface Seen {
  readonly old: PlainRow | null
  readonly new: PlainRow | null
  readonly before: Hidden
  readonly after: Hidden
}

function tableEvent(change: PlainChange, seen: Seen): ExpectedEvent {
  const hasLeft = change.op === 'UPDATE' && seen.new === null
  const row = seen.new ?? seen.old ?? {}
  return bare(change, {
    event_type: change.op,
    id: String(row['id']),
    data: hasLeft ? { id: row['id'] } : row,
    old_data: change.op === 'UPDATE' && !hasLeft && seen.old !== null ? seen.old : undefined,
  })
}

function businessEvents(
  policies: PlainPolicies,
  change: PlainChange,
  seen: Seen,
  { identity, rooms }: Onlooker,
): ExpectedEvent[] {
  if (change.op === 'UPDATE' && seen.new === null) return []
  return twinRules.flatMap(twin => {
    if (!twin.happens(change) || !tells(twin.condition, change, seen)) return []
    const room = twin.room?.(change) ?? null
    if (room !== null && !rooms.includes(room)) return []
    const { roles, eventType } = twin.rule
    if (roles !== null && !roles.some(role => identity.roles.includes(role))) return []
    const own = policies.events[eventType]
    const judged = own === undefined ? new Set() : judgeRow(own, change.new ?? change.old, change, identity)
    return judged === null ? [] : [businessEvent(twin, change, seen)]
  })
}

function businessEvent(twin: TwinRule, change: PlainChange, seen: Seen): ExpectedEvent {
  const { eventType } = twin.rule
  const row = tableEvent(change, seen)
  const data = twin.fields?.filter(({ reads }) => tells(reads, change, seen))
  return {
    ...row,
    event_id: `${row.event_id}-${eventType}`,
    event_type: eventType,
    data:
      data === undefined ? row.data : Object.fromEntries(data.map(each => [each.name, each.value(change)])),
    old_data: data === undefined ? row.old_data : undefined,
  }
}

/** Whether he sees all that was read. */
function tells(reads: readonly string[], change: PlainChange, seen: Seen): boolean {
  return reads.every(read => {
    const [side, column] = read.split('.')
    const hidden = side === 'old' ? seen.before : seen.after
    if ((side === 'old' ? change.old : change.new) === null) return true
    if (hidden === null) return false
    return column === undefined ? hidden.size === 0 : !hidden.has(column)
  })
}

function expectedPublished(
  policies: PlainPolicies,
  change: PlainChange,
  onlooker: Onlooker,
): readonly ExpectedEvent[] {
  const rules = policies.events[change.table]
  const data = change.new ?? {}
  const sees =
    rules === undefined
      ? policies.default === 'allow'
      : judgeRow(rules, data, change, onlooker.identity) !== null
  if (!sees) return []
  const event = bare(change, { event_type: change.table, id: null, data })
  return asked(event, change, { old: null, new: data, before: null, after: new Set() }, onlooker)
}

/** What the client's own filter makes of it: it looks at what he sees and at nothing else. */
function asked(
  event: ExpectedEvent,
  change: PlainChange,
  seen: Seen,
  { where }: Onlooker,
): readonly ExpectedEvent[] {
  const crosses = change.op === 'UPDATE' && (seen.old === null) !== (seen.new === null)
  const crossing = crosses ? (seen.new === null ? 'leave' : 'enter') : undefined
  if (where === null) return [{ ...event, transition: crossing }]
  const look = (row: PlainRow | null): Truth =>
    row === null ? false : where.holds({ row, old: seen.old, auth: {}, op: change.op })
  const [before, after] = [look(seen.old), look(seen.new)]
  if (change.truncated && (before === 'error' || after === 'error'))
    return [{ ...event, transition: crossing }]
  if (before !== true && after !== true) return []
  return [{ ...event, transition: after !== true ? 'leave' : before === true ? 'stay' : 'enter' }]
}

function applicable(rules: readonly PlainRule[], { roles }: PlainIdentity): readonly PlainRule[] {
  return rules.filter(rule => rule.roles === null || rule.roles.some(role => roles.includes(role)))
}

function seesTable(rules: readonly PlainRule[], identity: PlainIdentity): boolean {
  const own = applicable(rules, identity)
  return own.some(rule => !rule.deny) && !own.some(rule => rule.deny && rule.where === null && !rule.tenant)
}

/** The columns of a row that are hidden; null when it is not to be seen. */
function judgeRow(
  rules: readonly PlainRule[],
  row: PlainRow | null,
  change: PlainChange,
  identity: PlainIdentity,
): Hidden {
  if (row === null) return seesTable(rules, identity) ? new Set() : null
  const verdicts = applicable(rules, identity).map(rule => ({
    rule,
    truth: holds(rule, row, change, identity),
  }))
  if (verdicts.some(({ rule, truth }) => rule.deny && truth !== false)) return null
  const allowing = verdicts.filter(({ rule, truth }) => !rule.deny && truth === true)
  if (allowing.length === 0) return null
  const columns = [...new Set(allowing.flatMap(({ rule }) => rule.hide))]
  return new Set(columns.filter(column => allowing.every(({ rule }) => rule.hide.includes(column))))
}

function holds(rule: PlainRule, row: PlainRow, change: PlainChange, identity: PlainIdentity): Truth {
  const { user, tenant, roles, claims } = identity
  const auth = {
    ...claims,
    roles,
    ...(user === null ? {} : { sub: user }),
    ...(tenant === null ? {} : { tenant }),
  }
  if (rule.tenant) {
    if (tenant === null || row['tenant'] === undefined) return 'error'
    if (row['tenant'] !== tenant) return false
  }
  return rule.where === null ? true : rule.where.holds({ row, old: change.old, auth, op: change.op })
}

function cut(row: PlainRow | null, hidden: Hidden): PlainRow | null {
  if (row === null || hidden === null) return null
  return Object.fromEntries(Object.entries(row).filter(([column]) => !hidden.has(column)))
}

function bare(
  change: PlainChange,
  event: Pick<ExpectedEvent, 'event_type' | 'id' | 'data'> & { readonly old_data?: unknown },
): ExpectedEvent {
  const eventId = `${incarnation}-${change.seq}`
  return { old_data: undefined, ...event, event_id: eventId, transition: undefined }
}
