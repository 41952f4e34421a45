import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()

test('health tells how full the journal is, what its limits are, and how far back it reaches', async () => {
  const { daemon } = await openTestDaemon(database.url, 'journal: { retention: 2h, max_size: 16MiB }')
  await waitFor(() => daemon.status().journal)
  const response = await fetch(`http://127.0.0.1:${daemon.port}/health`)
  expect(await response.json()).toMatchObject({
    journal: {
      rows: 0,
      bytes: expect.any(Number),
      live_bytes: 0,
      keep_ms: 7_200_000,
      max_bytes: 16_777_216,
      oldest: null,
      resumable_since: expect.stringMatching(/^\d{4}-.*Z$/),
      measured_at: expect.stringMatching(/^\d{4}-.*Z$/),
    },
  })
})
