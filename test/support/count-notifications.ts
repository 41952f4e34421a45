import { openClient } from './open-client.ts'

/** Listens on the doorbell's channel beside rtbridge; the count grows with each notification. */
export async function countNotifications(url: string): Promise<{ readonly count: number }> {
  const counter = { count: 0 }
  const client = await openClient(url)
  client.on('notification', () => {
    counter.count++
  })
  await client.query('LISTEN rtbridge')
  return counter
}
