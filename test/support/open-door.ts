import { onTestFinished } from 'vitest'
import type { AuditRecord } from '../../src/domain/audit.ts'
import type { HttpLimits, HttpServer, HttpServerOptions } from '../../src/transports/http-server.ts'
import { checkpointAt } from '../hub/memory-history.ts'
import { openTestHub, type TestHub } from '../hub/open-test-hub.ts'
import { testDoorLimits } from './door-limits.ts'
import { openFrontDoor } from './open-test-server.ts'

/** A hub without a database behind a real front door. */
export interface OpenDoor {
  readonly server: HttpServer
  readonly testHub: TestHub
  readonly audited: readonly AuditRecord[]
  readonly url: string
}

/** Opens a front door on 127.0.0.1, where limits per address hold for everybody; closed after the test. */
export async function openDoor(
  limits: Partial<HttpLimits> = {},
  more: Partial<HttpServerOptions> = {},
): Promise<OpenDoor> {
  const testHub = openTestHub()
  testHub.hub.start(checkpointAt(0))
  const audited: AuditRecord[] = []
  const server = await openFrontDoor(testHub.hub, {
    limits: { ...testDoorLimits, sharedAddresses: [], closeWithinMs: 200, ...limits },
    audit: record => audited.push(record),
    ...more,
  })
  onTestFinished(async () => {
    const closed = testHub.hub.close()
    testHub.clock.advance(10_000)
    await closed
    await server.close()
  })
  return { server, testHub, audited, url: `http://127.0.0.1:${server.port}` }
}
