import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../../config/config.ts'
import { avahiService } from '../../discovery/avahi-service.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { protocolVersion } from '../../protocol/messages.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { readPackageVersion } from '../package-info.ts'

/**
 * Prints the file with which Avahi announces the configured hub.
 * @throws RTB_CONFIG_*, RTB_COMMAND_USAGE, RTB_TLS_UNREADABLE
 */
export function printAvahiService(context: CommandContext): void {
  const { config } = loadSettingsAloud(context)
  const { port } = config.hub
  if (port === 0) {
    const problem =
      'hub.port is 0: a hub on a port that changes with each start cannot be announced by a file'
    throw rtbridgeError('RTB_COMMAND_USAGE', { problem, command: 'rtbridge discover', suggestion: null })
  }
  const fingerprint = readFingerprint(config, context.host.cwd)
  const text = { protocol: protocolVersion, version: readPackageVersion(), path: '/' }
  const service = avahiService({
    port,
    text: { ...text, tls: fingerprint !== null, fingerprint, hubId: null, incarnation: null },
  })
  if (context.output.isJson)
    context.output.json({ version: 1, file: '/etc/avahi/services/rtbridge.service', service })
  else context.output.write(service)
}

function readFingerprint({ tls }: Config, cwd: string): string | null {
  if (tls.certFile === null) return null
  const path = resolve(cwd, tls.certFile)
  try {
    return new X509Certificate(readFileSync(path)).fingerprint256
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw rtbridgeError('RTB_TLS_UNREADABLE', { path, problem: code ?? message }, error)
  }
}
