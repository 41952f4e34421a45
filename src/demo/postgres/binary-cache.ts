import { chmod, lstat, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { copyNativeFiles, finishNativeFolder, listNativeFiles } from './native-folder.ts'
import type { PostgresPackage } from './postgres-package.ts'

/**
 * Copies the binaries once per version and user into a folder below `base`, and finds them there the next time.
 * Processes that come at the same moment each copy to a name of their own; the first to rename wins.
 *
 * @param onCopy called when it has to be copied, which takes about a second
 * @returns the folder that holds `bin`, `lib` and `share`
 * @throws the error of the file system
 */
export async function unpackToCache(
  from: PostgresPackage,
  base: string,
  onCopy: () => void,
): Promise<string> {
  const source = join(from.root, 'native')
  const name = `rtbridge-postgresql-${from.version}-${process.arch}-${process.getuid?.() ?? 0}`
  const cached = join(base, name)
  if (await isComplete(source, cached)) return join(cached, 'native')
  onCopy()
  const fresh = await mkdtemp(join(base, `${name}.`))
  try {
    await copyNativeFiles(source, join(fresh, 'native'))
    await finishNativeFolder(join(fresh, 'native'))
    await chmod(fresh, 0o755)
    await moveInto(fresh, cached, source)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return join(cached, 'native')
}

/**
 * Renames the fresh copy to its final name, unless a complete one is there by now. A damaged one makes room first; it is
 * moved only after it was in the way and seen to be incomplete, so that nobody's good copy is taken from under them.
 */
async function moveInto(fresh: string, cached: string, source: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await rename(fresh, cached).then(
      () => null,
      (error: unknown) => error,
    )
    if (failure === null || (await isComplete(source, cached))) return
    if (attempt === 10) throw failure
    const damaged = `${fresh}.damaged`
    await rename(cached, damaged).catch(() => {})
    await rm(damaged, { recursive: true, force: true })
  }
}

/**
 * True when the copy is ours and every file has its size: the cleaners of `/tmp` remove single old files, and
 * whoever else may write there must not choose what we run.
 */
async function isComplete(source: string, cached: string): Promise<boolean> {
  try {
    const folder = await lstat(cached)
    if (!folder.isDirectory() || folder.uid !== process.getuid?.() || (folder.mode & 0o022) !== 0)
      return false
    const files = await listNativeFiles(source)
    const sizes = await Promise.all(
      files.map(async file => (await stat(join(cached, 'native', file.path))).size),
    )
    return files.every((file, index) => file.sizeBytes === sizes[index])
  } catch {
    return false
  }
}
