import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const project = fileURLToPath(new URL('../..', import.meta.url))

/** True when a program of that name is in the path. */
export function isThere(program: string): boolean {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0
}

interface BuildOptions {
  /** The n-th package of this version, default 1. */
  readonly revision?: string
  /** Default 022. */
  readonly umask?: string
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Builds the Debian package of what was compiled.
 * @returns where it lies
 */
export async function buildDeb(folder: string, options: BuildOptions = {}): Promise<string> {
  const { revision = '1', umask = '022', env = {} } = options
  const script = 'umask "$1"; shift; exec "$@"'
  const build = [process.execPath, `${project}build/deb.js`, folder, revision]
  // What takes longest is compressing well.
  const fixed = { SOURCE_DATE_EPOCH: '1700000000', DPKG_DEB_COMPRESSOR_TYPE: 'gzip' }
  const where = { cwd: folder, env: { ...process.env, ...fixed, ...env } }
  return (await run('sh', ['-c', script, 'sh', umask, ...build], where)).stdout.trim()
}
