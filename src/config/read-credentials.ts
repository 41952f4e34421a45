import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './resolve-settings.ts'
import { unreadableFile } from './unreadable-file.ts'

/** Names that can stand in `${…}`. A folder that is loaded as `rtbridge` puts that in front of the names of its files. */
const variableName = /^(?:rtbridge_)?([A-Za-z_][A-Za-z0-9_]*)$/

/**
 * Adds what systemd's credentials hold (`LoadCredential=rtbridge:/etc/rtbridge/credentials`) to the variables of the
 * environment: a credential with the name of a variable stands for one that is not set. Line ends at its end are left out.
 *
 * @returns the variables; what was there already wins
 * @throws RTB_CONFIG_FORBIDDEN, RTB_CONFIG_UNREADABLE
 * @see https://systemd.io/CREDENTIALS/
 */
export function withCredentials(env: Environment): Environment {
  const folder = env['CREDENTIALS_DIRECTORY'] ?? ''
  if (folder === '') return env
  try {
    return { ...Object.fromEntries(readdirSync(folder).flatMap(file => read(folder, file))), ...setOf(env) }
  } catch (error) {
    // systemd names the folder even when there is nothing to put into it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return env
    throw unreadableFile(folder, error)
  }
}

function read(folder: string, file: string): [string, string][] {
  const name = variableName.exec(file)?.[1]
  if (name === undefined) return []
  return [[name, readFileSync(join(folder, file), 'utf8').replace(/[\r\n]+$/, '')]]
}

/** An empty variable counts as none, as everywhere. */
function setOf(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => (value ?? '') !== ''))
}
