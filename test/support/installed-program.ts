import { spawnSync } from 'node:child_process'

/**
 * Whether a program of the system can do what a test needs; if not, the reason is printed and the test is skipped.
 * @param args a call that succeeds where it can
 */
export function canRun(program: string, args: readonly string[], reason: string): boolean {
  const { status } = spawnSync(program, args, { stdio: 'ignore', timeout: 120_000 })
  if (status === 0) return true
  console.warn(`skipped: ${reason} (${program} ${args.join(' ')})`)
  return false
}

/** Where a program is on the PATH; null when it is not there. */
export function findProgram(...names: readonly string[]): string | null {
  for (const name of names) {
    const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  return null
}
