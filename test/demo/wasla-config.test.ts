import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'

const cwd = fileURLToPath(new URL('../../examples/wasla', import.meta.url))
const env = { DATABASE_URL: 'postgres://127.0.0.1/wasla' }

test('the configuration of the example is valid, with the channels of the first apps', () => {
  const { config } = loadConfig({ env, cwd, flags: { config: 'rtbridge.yaml' } })
  expect(config.tables.map(({ pattern, channel }) => [pattern, channel])).toEqual([
    ['bookings', 'booking_events'],
    ['vehicle_queue', 'vehicle_events'],
    ['day_passes', 'day_passes_events'],
    ['exit_passes', 'exit_passes_events'],
  ])
})

test('the configuration of the example keeps phone numbers out', () => {
  const { config } = loadConfig({ env, cwd, flags: { config: 'rtbridge.yaml' } })
  expect(config.tables.find(({ pattern }) => pattern === 'bookings')?.exclude).toEqual(['customer_phone'])
})
