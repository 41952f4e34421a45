import { describe, expectTypeOf, test } from 'vitest'
import type { ClientEvent } from '../../src/client/api/client-event.ts'
import type { Client } from '../../src/client/create-client.ts'
import { createHooks } from '../../src/react/create-hooks.ts'
import { useEventLog } from '../../src/react/hooks/use-event-log.ts'
import { useLiveTable } from '../../src/react/hooks/use-live-table.ts'
import type { RtbridgeProviderProps } from '../../src/react/provider/rtbridge-provider.ts'

interface Vehicle {
  id: string
  plate: string
  position: number
}

interface Schema {
  tables: { vehicle_queue: Vehicle }
  events: {
    BOOKING_CREATED: { data: { seats: number }; table: 'bookings'; op: 'INSERT' }
    DESK_MESSAGE: { data: { text: string } }
  }
}

const hooks = createHooks<Schema>()

// The compiler is the judge: none of this is called.
describe('hooks with a schema', () => {
  test('know the data of an event by its name, alone, in a list or in a filter', () => {
    const Component = () => {
      hooks.useEvent('BOOKING_CREATED', event => expectTypeOf(event.data.seats).toBeNumber())
      hooks.useEvent({ events: 'DESK_MESSAGE', where: 'true' }, event =>
        expectTypeOf(event.data.text).toBeString(),
      )
      expectTypeOf(hooks.useLatest('BOOKING_CREATED')?.table).toEqualTypeOf<'bookings' | undefined>()
      const log = hooks.useEventLog(['BOOKING_CREATED', 'DESK_MESSAGE'], { limit: 5 })
      expectTypeOf(log[0]?.data).toEqualTypeOf<{ seats: number } | { text: string } | undefined>()
    }
    expectTypeOf(Component).toBeFunction()
  })

  test('know the rows of a table, and of some of its columns', () => {
    const Component = () => {
      const { rows } = hooks.useLiveTable('vehicle_queue', { orderBy: 'position desc' })
      expectTypeOf(rows[0]?.plate).toEqualTypeOf<string | undefined>()
      const { rows: some } = hooks.useLiveTable('vehicle_queue', { columns: ['plate'] })
      // @ts-expect-error it was not asked for
      some[0]?.position
    }
    expectTypeOf(Component).toBeFunction()
  })

  test('do not compile with a name that is not there', () => {
    const Component = () => {
      // @ts-expect-error misspelt
      hooks.useEvent('BOOKING_CRATED', () => {})
      // @ts-expect-error misspelt
      hooks.useEventLog(['BOOKING_CREATED', 'BOKING'])
      // @ts-expect-error there is no such table
      hooks.useLiveTable('vehicle_queues')
      // @ts-expect-error there is no such column
      hooks.useLiveTable('vehicle_queue', { orderBy: 'positon' })
      hooks.useEvent('BOOKING_*', event => expectTypeOf(event).toEqualTypeOf<ClientEvent>())
    }
    expectTypeOf(Component).toBeFunction()
  })

  test('take null and undefined for nothing yet', () => {
    const Component = ({ table }: { table: 'vehicle_queue' | null }) => {
      hooks.useLiveTable(table)
      hooks.useEvent(null, () => {})
      hooks.useLatest(undefined)
      hooks.usePresence(null)
    }
    expectTypeOf(Component).toBeFunction()
  })
})

describe('the provider', () => {
  test('takes a client of any schema', () => {
    expectTypeOf<Client<Schema>>().toExtend<RtbridgeProviderProps['client']>()
    expectTypeOf<Client>().toExtend<RtbridgeProviderProps['client']>()
    expectTypeOf<{ close(): void }>().not.toExtend<RtbridgeProviderProps['client']>()
  })
})

describe('hooks without a schema', () => {
  test('take any name, and know nothing of the data', () => {
    const Component = () => {
      expectTypeOf(useEventLog('ANYTHING')[0]?.data).toBeUnknown()
      expectTypeOf(useLiveTable('any_table').rows[0]?.['column']).toBeUnknown()
    }
    expectTypeOf(Component).toBeFunction()
  })
})
