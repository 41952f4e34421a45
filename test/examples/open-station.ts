import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { HubProcess } from '../support/hub-process.ts'
import { openTcpFaultProxy, type TcpFaultProxy } from '../support/tcp-fault-proxy.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { waslaYaml } from '../support/wasla-database.ts'
import { runExample } from './run-example.ts'

/** The station of `examples/wasla`, run as a user runs it: hub, backend and database. */
export interface Station {
  readonly hub: HubProcess
  /** The network between the desks and the hub. */
  readonly network: TcpFaultProxy
  /** Where the page of the desks is. */
  readonly page: URL
}

/**
 * Starts the hub and the backend of the desks; both end after the test.
 * @param database with the tables of the example, captured
 */
export async function openStation(database: TestDatabase): Promise<Station> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-station-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'rtbridge.yaml'), `auth: { mode: open }\n${await waslaYaml()}`)
  const hub = new HubProcess({ folder, databaseUrl: database.url, port: await findFreePort() })
  await hub.start()
  const network = await openTcpFaultProxy({ host: '127.0.0.1', port: hub.port })
  const backend = runExample('wasla/serve.js', {
    env: { DATABASE_URL: database.url, HUB_URL: `ws://127.0.0.1:${network.port}`, PORT: '0' },
  })
  const message = () => `the backend listened; it said ${backend.problems.join('\n')}`
  const [address] = await waitFor(() => backend.lines.length > 0 && backend.lines, { message })
  return { hub, network, page: new URL(address ?? '') }
}
