import { checkReach } from './check-reach.ts'
import type { ClientOptions } from './client-options.ts'
import type { WholeClient } from './core-client.ts'
import { CursorStore } from './cursor-store.ts'
import type { Environment } from './environment.ts'
import { readEnvironment } from './environment.ts'
import type { Kernel } from './kernel-shape.ts'
import type { OpenLink } from './link.ts'
import { openCore, webSockets } from './open-core.ts'
import { PresenceRooms } from './presence-rooms.ts'
import type { AnySchema, SchemaShape } from './schema.ts'
import { sseTransport } from './sse-transport.ts'
import { StreamParts } from './stream-parts.ts'

/**
 * Makes a client with everything but live tables, and the host for these. Nothing happens before something is wanted.
 * @param environment default: where this code runs
 * @throws RTB_CLIENT_URL
 */
export function openKernel<S extends SchemaShape = AnySchema>(
  options: ClientOptions,
  environment: Environment = readEnvironment(),
): Kernel<S> {
  const { client, machine, subscriptions } = openCore(
    options,
    environment,
    chooseTransports(options, environment),
  )
  const host = new StreamParts(machine)
  const presence = new PresenceRooms(machine)
  machine.checkReach = checkReach
  machine.extensions.push(host, presence, new CursorStore(machine, () => subscriptions.hearsEvents))
  const more = {
    presence: (room?: string) => presence.open(room ?? null),
    setPresence: (state: 'online' | 'away') => presence.set(state),
  }
  return { client: Object.assign(client, more) as unknown as WholeClient<S>, host }
}

function chooseTransports(options: ClientOptions, environment: Environment): OpenLink[] {
  const { transports = ['websocket', 'sse'], parse = JSON.parse } = options
  const fetch = options.fetch ?? environment.fetch
  return transports.flatMap(name => {
    if (name === 'websocket') return webSockets(options, environment)
    return fetch ? [sseTransport(fetch, parse)] : []
  })
}
