import { expect } from 'vitest'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import type { RawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'

/** A hub with a database, and an app that must notice nothing of what is done to the hub. */
export interface AttackedHub extends TestDaemon {
  readonly port: number
  readonly witness: RawClient
  /** What the front door has refused, by code. */
  refused(): Readonly<Record<string, number>>
  /** The hub still does its work: it is ready, a change reaches the witness, nothing failed in it. */
  expectToServe(): Promise<void>
}

/** Opens a hub in this process; `more` is added to its configuration. */
export async function openAttackedHub(more = ''): Promise<AttackedHub> {
  const yaml = 'tables: { item: {} }\n'
  const database = await createTestDatabase()
  await database.query('CREATE TABLE item (id int PRIMARY KEY)')
  await installTables(database, yaml)
  let id = 0
  const hub = await openTestDaemon(database.url, yaml + more)
  const witness = await hub.register({ app_name: 'witness' })
  return Object.assign(hub, {
    port: hub.daemon.port,
    witness,
    refused: () => (hub.daemon.status().door as { refused: Record<string, number> }).refused,
    async expectToServe() {
      await database.query('INSERT INTO item VALUES ($1)', [++id])
      await witness.next(message => message.data['id'] === String(id))
      expect((await fetch(`http://127.0.0.1:${hub.daemon.port}/readyz`)).status).toBe(200)
      expect(hub.log.filter(line => line.includes('"level":"error"'))).toEqual([])
      expect(witness.closed).toBeNull()
    },
  })
}
