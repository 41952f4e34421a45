import { createClient } from 'rtbridge/client'

const client = createClient({ url: 'ws://office-server:8765', appName: 'Desk 3' }) // office-server: the machine on which your hub runs

client.onStatus(({ state, error }) => console.log(state, error?.message ?? '')) // online: from here on nothing is missed
client.on('BOOKING_CREATED', event => console.log('booked', event.data))

const queue = client.table('vehicle_queue', { orderBy: 'queue_position' })
queue.onChange(rows => console.log('waiting', rows.length)) // rows: always what SQL would return
