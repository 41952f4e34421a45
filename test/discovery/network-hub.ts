import { createSocket } from 'node:dgram'
import { Server } from 'bonjour-service/dist/lib/mdns-server.js'
import { onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { type Daemon, startDaemon } from '../../src/daemon.ts'
import { type DiscoveredHub, watchHubs } from '../../src/discovery/index.ts'
import { createLogger } from '../../src/logging.ts'
import { namespaceAddress } from '../support/describe-in-network-namespace.ts'

/** Nothing answers there. */
export const noDatabase = 'postgres://nobody@127.0.0.1:1/none'

export interface NetworkHub {
  readonly daemon: Daemon
  readonly log: string[]
}

/** A hub that other machines reach, on a free port; stopped after the test. */
export async function openNetworkHub(
  yaml = '',
  { host = '0.0.0.0', url = noDatabase }: { readonly host?: string; readonly url?: string } = {},
): Promise<NetworkHub> {
  const log: string[] = []
  const { config } = loadConfig({
    flags: { 'hub.host': host, 'hub.port': '0', 'auth.mode': 'open', config: 'rtbridge.yaml' },
    env: { RTBRIDGE_DATABASE_URL: url },
    cwd: '/',
    readFile: () => Buffer.from(yaml),
  })
  const logger = createLogger('trace', { write: line => void log.push(line) })
  const daemon = await startDaemon({ config, logger })
  onTestFinished(() => daemon.close())
  return { daemon, log }
}

/** What an app sees that watches the network; stopped after the test. */
export function openWatch(): { hubs: readonly DiscoveredHub[]; readonly errors: unknown[] } {
  const seen = { hubs: [] as readonly DiscoveredHub[], errors: [] as unknown[] }
  const stop = watchHubs(
    hubs => {
      seen.hubs = hubs
    },
    { onError: error => seen.errors.push(error) },
  )
  onTestFinished(() => stop())
  return seen
}

/** Hears every packet of multicast DNS, as text; closed after the test. */
export async function openListener(): Promise<readonly string[]> {
  const packets: string[] = []
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.on('message', packet => void packets.push(packet.toString('latin1')))
  await new Promise<void>(resolve => socket.bind(5_353, '0.0.0.0', resolve))
  socket.addMembership('224.0.0.251', namespaceAddress)
  onTestFinished(() => new Promise(resolve => socket.close(() => resolve())))
  return packets
}

/** Somebody on the network who says what he likes; closed after the test. */
export async function openStranger(): Promise<{
  say(records: readonly object[]): Promise<void>
  ask(name: string): Promise<void>
  send(bytes: Buffer): Promise<void>
}> {
  const { mdns } = new Server({ interface: namespaceAddress, bind: '0.0.0.0' } as object)
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  await new Promise<void>(resolve => socket.bind(5_353, '0.0.0.0', resolve))
  socket.setMulticastInterface(namespaceAddress)
  onTestFinished(async () => {
    await new Promise<void>(resolve => mdns.destroy(resolve))
    await new Promise<void>(resolve => socket.close(() => resolve()))
  })
  return {
    say: records => new Promise(resolve => mdns.respond({ answers: records }, () => resolve())),
    ask: name => new Promise(resolve => mdns.query(name, 'PTR', () => resolve())),
    send: bytes => new Promise(resolve => socket.send(bytes, 5_353, '224.0.0.251', () => resolve())),
  }
}
