import { join } from 'node:path'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { unpackToCache } from './binary-cache.ts'
import { finishNativeFolder } from './native-folder.ts'
import type { PostgresPackage } from './postgres-package.ts'
import { reachableFolders } from './reachable-folders.ts'
import { runProgram } from './run-program.ts'
import type { ServerAccount } from './server-account.ts'

/** Called before something that takes longer than a moment, with what it is. */
export type OnProgress = (step: string) => void

/**
 * Makes the binaries usable for the account the server runs as: in place where that works, else as a copy in a
 * cache folder (root below a home folder others cannot enter, a read-only or foreign `node_modules`).
 *
 * @returns the folder that holds `bin`, `lib` and `share`
 * @throws RTB_DEMO_POSTGRES_UNUSABLE
 */
export async function preparePostgres(
  from: PostgresPackage,
  account: ServerAccount | null,
  onProgress: OnProgress,
): Promise<string> {
  const inPlace = join(from.root, 'native')
  const folders = [inPlace]
  let reason = await whyUnusable(inPlace, from.major, account)
  if (reason === null) return inPlace
  for (const base of await reachableFolders(account)) {
    folders.push(base)
    const copy = await unpackToCache(from, base, () => onProgress('unpacking PostgreSQL')).catch(toReason)
    reason = typeof copy === 'string' ? await whyUnusable(copy, from.major, account) : copy.reason
    if (typeof copy === 'string' && reason === null) return copy
  }
  throw rtbridgeError('RTB_DEMO_POSTGRES_UNUSABLE', { folders, reason: reason ?? '' })
}

/** Null when the server starts from this folder: its links, libraries, modes and every folder above it are right. */
async function whyUnusable(
  native: string,
  major: number,
  account: ServerAccount | null,
): Promise<string | null> {
  const unfinished = await finishNativeFolder(native).then(() => null, toReason)
  if (unfinished !== null) return unfinished.reason
  const version = await runProgram(join(native, 'bin', 'postgres'), ['--version'], { account, cwd: '/' })
  return version.ok && version.output.includes(` ${major}.`) ? null : version.output
}

function toReason(error: unknown): { readonly reason: string } {
  return { reason: error instanceof Error ? error.message : String(error) }
}
