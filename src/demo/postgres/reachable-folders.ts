import { tmpdir } from 'node:os'
import { runProgram } from './run-program.ts'
import type { ServerAccount } from './server-account.ts'

/**
 * The folders for temporary files that the server's account can enter, best first. `TMPDIR` of root is often a
 * private folder, so the usual public ones follow it.
 */
export async function reachableFolders(account: ServerAccount | null): Promise<string[]> {
  const candidates = [...new Set([tmpdir(), '/var/tmp', '/tmp'])]
  const entered = await Promise.all(
    candidates.map(folder =>
      runProgram('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { account, cwd: '/' }),
    ),
  )
  return candidates.filter((_, index) => entered[index]?.ok === true)
}
