import { duration } from '../../config/value-kinds.ts'
import { discoverHubs } from '../../discovery/discover-hubs.ts'
import type { DiscoveredHub } from '../../discovery/discovered-hub.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { untilStopped } from '../stop-signals.ts'
import { describeHubs } from './describe-hubs.ts'
import { printAvahiService } from './print-avahi-service.ts'

interface DiscoverOptions {
  readonly timeout: string
  readonly avahiService?: true
}

const kind = duration(100, 60_000)

export async function runDiscover(context: CommandContext, options: DiscoverOptions): Promise<ExitCode> {
  const timeoutMs = parseTimeout(options.timeout)
  if (options.avahiService === true) {
    printAvahiService(context)
    return exitCodes.ok
  }
  const { output } = context
  const hubs = await untilStopped(signal => listHubs(timeoutMs, signal))
  for (const line of describeHubs(hubs)) output.print(line)
  output.json({ version: 1, timeout_ms: timeoutMs, hubs: hubs.map(toJson) })
  if (hubs.length > 0) return exitCodes.ok
  sayWhyNone(timeoutMs, output)
  return exitCodes.failure
}

/** Interrupted, it lists nothing. */
function listHubs(timeoutMs: number, signal: AbortSignal): Promise<DiscoveredHub[]> {
  return discoverHubs({ timeoutMs, signal }).catch(error => {
    if (signal.aborted) return []
    throw error
  })
}

function parseTimeout(text: string): number {
  const ms = kind.parse(text)
  if (ms !== undefined) return ms
  const problem = `--timeout: expected ${kind.expected}`
  throw rtbridgeError('RTB_COMMAND_USAGE', { problem, command: 'rtbridge discover', suggestion: null })
}

function sayWhyNone(timeoutMs: number, { note }: Output): void {
  note(`no hub answered within ${timeoutMs / 1_000} s. That may be because:`)
  note(
    '  - none runs here, or it listens on a loopback address, or has discovery.mdns: off (`rtbridge status` says)',
  )
  note('  - a firewall on either machine stops UDP port 5353')
  note(
    '  - the hub is in another network or VLAN: multicast DNS does not cross routers, nor some guest Wi-Fi',
  )
  note('An address that is typed always works: ws://office-server:8765')
}

/** Stable; `version` grows with incompatible changes. */
function toJson({ hubId, ...hub }: DiscoveredHub): object {
  return { ...hub, hub_id: hubId }
}
