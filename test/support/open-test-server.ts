import { onTestFinished } from 'vitest'
import type { Hub } from '../../src/hub/hub.ts'
import type { HttpServer, HttpServerOptions } from '../../src/transports/http-server.ts'
import { openHttpServer } from '../../src/transports/http-server.ts'
import { checkpointAt } from '../hub/memory-history.ts'
import type { TestHub } from '../hub/open-test-hub.ts'
import { openTestHub } from '../hub/open-test-hub.ts'
import { testDoorLimits } from './door-limits.ts'

/** A front door on a free port of 127.0.0.1, before a hub whose history is in memory. */
export interface TestServer extends TestHub {
  readonly server: HttpServer
  /** Of a path. */
  url(path: string): string
  /** What the server itself could not do. */
  readonly failures: unknown[]
}

/** Opens a front door on a free port of 127.0.0.1. The caller closes it. */
export function openFrontDoor(hub: Hub, options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  return openHttpServer({
    host: '127.0.0.1',
    port: 0,
    hostname: 'desk',
    hub,
    health: () => ({ ready: true, body: {} }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'up 1\n' }),
    limits: { ...testDoorLimits, closeWithinMs: 200 },
    tls: null,
    audit: () => {},
    onCertificate: () => {},
    onError: error => {
      throw error
    },
    ...options,
  })
}

/** Opens both at transaction 0; closed after the test. */
export async function openTestServer(
  hubOptions: Parameters<typeof openTestHub>[0] = {},
  options: Partial<HttpServerOptions> = {},
): Promise<TestServer> {
  const testHub = openTestHub(hubOptions)
  testHub.hub.start(checkpointAt(0))
  const failures: unknown[] = []
  const onError = (error: unknown) => void failures.push(error)
  const server = await openFrontDoor(testHub.hub, { onError, ...options })
  onTestFinished(async () => {
    await testHub.hub.close()
    await server.close()
  })
  return { ...testHub, server, failures, url: path => `http://127.0.0.1:${server.port}${path}` }
}
