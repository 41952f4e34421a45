import { onTestFinished } from 'vitest'
import type { ClientOptions } from '../../src/client/api/client-options.ts'
import type { WholeClient } from '../../src/client/core-client.ts'
import type { StreamHost } from '../../src/client/machine/stream-part.ts'
import { createStreamParts } from '../../src/client/machine/stream-parts.ts'
import { openWholeClient } from '../../src/client/open-whole-client.ts'
import type { Environment } from '../../src/client/platform/environment.ts'
import { readEnvironment } from '../../src/client/platform/environment.ts'
import { withNodeSockets } from '../../src/client-node/node-sockets.ts'

/** A client of a test, and what it reported. */
export interface TestClient {
  readonly client: WholeClient
  readonly host: StreamHost
  readonly errors: unknown[]
  /** Every state so far, with its code, as `retrying RTB_CLIENT_SILENT`. */
  readonly states: string[]
}

/**
 * Makes a client in Node that is quick to try again; closed after the test.
 * @param environment what is not that of Node
 */
export function openCoreClient(
  options: Partial<ClientOptions> & Pick<ClientOptions, 'url'>,
  environment: Partial<Environment> = {},
): TestClient {
  const errors: unknown[] = []
  const { client: opened, machine } = openWholeClient(
    withNodeSockets({
      appName: 'test',
      backoff: { minMs: 10, maxMs: 100 },
      transports: ['websocket'],
      onError: error => void errors.push(error),
      ...options,
    }),
    { ...readEnvironment(), ...environment },
  )
  const host = createStreamParts(machine)
  machine.extensions.push(host)
  const client = opened as unknown as WholeClient
  const states: string[] = []
  client.onStatus(({ state, code }) => void states.push(`${state} ${code}`))
  onTestFinished(() => client.close())
  return { client, host, errors, states }
}
