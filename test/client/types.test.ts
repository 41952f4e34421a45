import { expectTypeOf, test } from 'vitest'
import type { ClientEvent, CoreClient, WholeClient } from '../../src/client/index.ts'

interface Booking {
  readonly id: number
  readonly seats: number
}

interface Schema {
  tables: { bookings: Booking; vehicle_queue: { readonly id: number; readonly status: string } }
  events: { BOOKING_CREATED: { data: Booking; table: 'bookings'; op: 'INSERT' } }
}

// Only its types are looked at: nothing here runs.
function typed(client: WholeClient<Schema>): void {
  client.on('BOOKING_CREATED', event => {
    expectTypeOf(event.data).toEqualTypeOf<Booking>()
    expectTypeOf(event.event_type).toEqualTypeOf<'BOOKING_CREATED'>()
    expectTypeOf(event.table).toEqualTypeOf<'bookings'>()
  })
  client.on('INSERT', event => {
    if (event.table === 'bookings') expectTypeOf(event.data).toEqualTypeOf<Booking>()
    else expectTypeOf(event.data.status).toEqualTypeOf<string>()
  })
  client.on(['BOOKING_CREATED', 'DELETE'], () => {}, { tables: ['bookings'], conflateMs: 100 })
  client.on('BOOKING_*', event => expectTypeOf(event).toEqualTypeOf<ClientEvent>())
  client.subscribe({ tables: 'book*', where: 'new.seats > 2' }, event => void event.event_type)
  // @ts-expect-error a misspelt event
  client.on('BOOKING_CREATE', () => {})
  // @ts-expect-error a misspelt table
  client.subscribe({ tables: ['booking'] })
  // @ts-expect-error the core has no presence
  ;(client as CoreClient<Schema>).presence()
}

function untyped(client: WholeClient): void {
  client.on('ANYTHING', event => {
    expectTypeOf(event.data).toEqualTypeOf<unknown>()
    expectTypeOf(event.event_type).toEqualTypeOf<'ANYTHING'>()
  })
  client.subscribe({ events: ['A', 'B*'], tables: 'x' }, () => {})
}

test('a schema makes a misspelt event a mistake, and knows its data; without one any name will do', () => {
  expectTypeOf(typed).toBeFunction()
  expectTypeOf(untyped).toBeFunction()
})
