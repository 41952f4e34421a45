import { chown, cp, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * A folder for clusters, copies of the tests and results, which the server's account can write to.
 *
 * @param account uid and gid, or null when the server runs as the user of this process
 * @param keep a folder to create and to leave behind, or null for a temporary one
 * @returns `path` and `close()`, which removes a temporary one
 */
export async function openWorkFolder(account, keep) {
  const path = keep === null ? await mkdtemp(join(tmpdir(), 'rtbridge-pg-regress-')) : resolve(keep)
  if (keep !== null) await mkdir(path)
  await giveTo(account, path)
  return {
    path,
    async close() {
      if (keep === null) await rm(path, { recursive: true, force: true })
    },
  }
}

/** Copies a folder, as the account may not be able to enter the place where it lies. */
export async function copyFor(account, from, to) {
  await cp(from, to, { recursive: true })
  await giveTo(account, to)
}

/** Makes the account the owner of a file or folder and all that is in it; nothing to do for null. */
export async function giveTo(account, path) {
  if (account === null) return
  await chown(path, account.uid, account.gid)
  if (!(await lstat(path)).isDirectory()) return
  for (const name of await readdir(path)) await giveTo(account, join(path, name))
}
