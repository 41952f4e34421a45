/**
 * What the compiler knows of the example's events and tables. `npx tsc -p tsconfig.json` is the test: a line below
 * `@ts-expect-error` that compiles is an error, too.
 */
import type { Bookings, Schema, VehicleQueue } from '../../examples/wasla/rtbridge-types.ts'
import type { RowOf } from '../../src/client/api/schema.ts'
import type { CoreClient } from '../../src/client/core-client.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only if its type argument is `true`. */
function holds<_Fact extends true>(): void {}

export function listen(client: CoreClient<Schema>): void {
  client.on('BOOKING_CREATED', event => {
    holds<Same<typeof event.data, Bookings>>()
    holds<Same<typeof event.data.seats_booked, number>>()
    holds<Same<typeof event.data.booked_by, string | null>>()
    holds<Same<typeof event.table, 'bookings'>>()
    holds<Same<typeof event.op, 'INSERT'>>()
    // @ts-expect-error there is no such column
    event.data.seats_bookd
    // @ts-expect-error this column is excluded
    event.data.customer_phone
  })

  client.on('SEATS_LEFT', event => {
    holds<Same<typeof event.data, { plate: string; seats: number }>>()
    // @ts-expect-error the rule's data replaces the row
    event.data.license_plate
  })

  client.on('BOOKING_CANCELLED', event => holds<Same<typeof event.op, 'UPDATE' | 'DELETE'>>())

  // @ts-expect-error a misspelt event
  client.on('BOOKING_CRAETED', () => {})
  // @ts-expect-error one of a list is misspelt
  client.on(['BOOKING_CREATED', 'VEHICLE_EXITTED'], () => {})
  // @ts-expect-error a misspelt table
  client.subscribe({ tables: 'vehicle_queues' })

  client.on(['BOOKING_CREATED', 'VEHICLE_ENTERED'], event => {
    if (event.event_type === 'VEHICLE_ENTERED') holds<Same<typeof event.data.queue_position, number>>()
  })
  client.on('INSERT', event => {
    if (event.table === 'vehicle_queue') holds<Same<typeof event.data, VehicleQueue>>()
  })
  client.on('BOOKING_*', event => holds<Same<typeof event.data, unknown>>())
}

/** One name for events of two tables: the table tells which data it has. */
interface SharedName {
  tables: { orders: { id: number }; invoices: { total: string } }
  events: {
    PAID:
      | { data: { id: number }; table: 'orders'; op: 'UPDATE' }
      | { data: { total: string }; table: 'invoices'; op: 'UPDATE' }
  }
}

export function tellApart(client: CoreClient<SharedName>): void {
  client.on('PAID', event => {
    if (event.table === 'orders') holds<Same<typeof event.data, { id: number }>>()
    else holds<Same<typeof event.data, { total: string }>>()
  })
  client.on('TRUNCATE', event => holds<Same<typeof event.data, null>>())
}

holds<Same<RowOf<Schema, 'vehicle_queue'>, VehicleQueue>>()
// @ts-expect-error a misspelt table
export type NoRow = RowOf<Schema, 'vehicle_queues'>

/** Custom events are not known to the database: an app adds its own. */
interface AppSchema extends Schema {
  events: Schema['events'] & { TYPING: { data: { desk: string } } }
}

export function listenToOwn(client: CoreClient<AppSchema>): void {
  client.on('TYPING', event => holds<Same<typeof event.data.desk, string>>())
  client.on('BOOKING_CREATED', event => holds<Same<typeof event.data, Bookings>>())
  // @ts-expect-error neither of the database nor of the app
  client.on('TYPNIG', () => {})
}
