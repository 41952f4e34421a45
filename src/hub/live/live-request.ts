import type { CapturedTable } from '../../domain/change.ts'
import type { RowCondition } from '../../domain/row-condition.ts'
import type { SubscriptionSpec } from '../../domain/subscription.ts'
import type { RowOrder } from '../../domain/table-rows.ts'
import { tryCompile } from '../../expressions/compile-expression.ts'
import type { SubscribeData } from '../../protocol/messages.ts'
import { digestOf } from '../matching/digest-of.ts'
import { NarrowSubscription } from '../matching/narrow-subscription.ts'
import type { CompiledSubscription } from '../matching/subscription.ts'
import { compileSubscription, toSubscriptionSpec } from '../matching/subscription.ts'
import { whereVariables } from '../matching/where-filter.ts'

/** What a client asks for with `snapshot: true`. */
export interface LiveRequest {
  /** Matches the table events of exactly this table. */
  readonly subscription: CompiledSubscription
  readonly table: string
  /** Columns of the rows besides the key; null = all. */
  readonly columns: readonly string[] | null
  /** Null: in any order. */
  readonly orderBy: readonly RowOrder[] | null
  readonly limit: number | null
  /** What `where` implies of the columns; null = nothing that is known. */
  readonly implied: RowCondition | null
  /** Two requests with the same key are for the same rows, to who sees the same. */
  readonly key: string
}

/** The events that change a table. */
const tableEvents = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']

/** Whoever asks for all that changes the rows of a table keeps them: a live table, also as it is named after a reconnect. */
export function keepsRows({ events }: SubscriptionSpec): boolean {
  return events.length === tableEvents.length && tableEvents.every(each => events.includes(each))
}

/**
 * Makes a request ready. Its shape was checked before.
 * @throws RTB_SUBSCRIPTION_WHERE
 */
export function compileLiveRequest(data: SubscribeData): LiveRequest {
  const [table = ''] = data.tables ?? []
  const { columns = null, limit = null } = data
  const spec = { ...toSubscriptionSpec(data), events: tableEvents }
  const orders = data.order_by ?? []
  const orderBy = orders.length === 0 && limit === null ? null : orders.map(toRowOrder)
  return {
    subscription: ofTable(compileSubscription(spec), table),
    table,
    columns,
    orderBy,
    limit,
    implied: impliedBy(spec.where),
    key: JSON.stringify([table, spec.where, columns, orderBy, limit]),
  }
}

function toRowOrder({
  column,
  direction = 'asc',
  nulls,
}: NonNullable<SubscribeData['order_by']>[number]): RowOrder {
  return { column, direction, nulls: nulls ?? null }
}

/**
 * The same for the table that the rows came from: two tables can go by one name, `"a.b"` in schema public and `b` in
 * schema `a`.
 */
export function ofSameTable(
  subscription: CompiledSubscription,
  { schema, name }: CapturedTable,
): CompiledSubscription {
  const digest = digestOf(JSON.stringify([subscription.digest, schema, name]))
  return new NarrowSubscription(subscription, digest, ({ change: { table } }) => {
    return table.schema === schema && table.name === name
  })
}

/** The name is meant literally, also where it looks like a pattern; and no rule's event is a change of the table. */
function ofTable(subscription: CompiledSubscription, table: string): CompiledSubscription {
  // It selects something else than a subscription with the same words that is not of a live table.
  const digest = digestOf(JSON.stringify(['live', subscription.digest]))
  return new NarrowSubscription(
    subscription,
    digest,
    event => event.kind === 'table' && event.table === table,
  )
}

function impliedBy(where: string | null): RowCondition | null {
  const compiled = where === null ? null : tryCompile(where, { variables: whereVariables })
  return compiled === null || 'problem' in compiled ? null : compiled.implies
}
