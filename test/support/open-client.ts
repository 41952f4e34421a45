import { Client } from 'pg'
import { onTestFinished } from 'vitest'

/** A session of the test's own, for what needs an open transaction. Ended after the test, whatever became of it. */
export async function openClient(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'rtbridge test writer' })
  // Tests terminate backends on purpose; a query on a broken session rejects by itself.
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}
