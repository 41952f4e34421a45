import { writeFile } from 'node:fs/promises'
import { release } from 'node:os'
import { resolve } from 'node:path'
import type { Config } from '../../config/config.ts'
import { redactConfig } from '../../config/redact.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Host } from '../host.ts'
import { readPackageVersion } from '../package-info.ts'
import { askHub } from './ask-hub.ts'
import { listSecrets, redactSecrets } from './secrets.ts'

export interface BundleParts {
  /** What `--json` prints. */
  readonly report: object
  /** Null when it cannot be used. */
  readonly config: Config | null
}

/**
 * Writes a report for whoever helps: the doctor's result, the configuration without its secrets, versions, and the
 * hub's health. Readable by its owner alone; a file that is there stays.
 * @returns where it lies
 * @throws RTB_COMMAND_FILE_EXISTS RTB_COMMAND_WRITE
 */
export async function writeBundle(file: string, parts: BundleParts, host: Host): Promise<string> {
  const path = resolve(host.cwd, file)
  const { report, config } = parts
  const hub = config === null ? null : await askHub(config, host.cwd)
  const bundle = {
    version: 1,
    made_at: new Date().toISOString(),
    rtbridge: readPackageVersion(),
    node: process.version,
    system: `${process.platform} ${process.arch} ${release()}`,
    doctor: report,
    config: config === null ? null : redactConfig(config),
    hub,
  }
  const secrets = listSecrets(config, host.env)
  const text = redactSecrets(bundle, secrets, 2)
  try {
    await writeFile(path, `${text}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw rtbridgeError('RTB_COMMAND_FILE_EXISTS', { path }, error)
    throw rtbridgeError('RTB_COMMAND_WRITE', { path, problem: code ?? message }, error)
  }
  return path
}
