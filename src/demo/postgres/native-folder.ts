import { chmod, copyFile, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { basename, dirname, extname, join, relative } from 'node:path'

/** One file of PostgreSQL's folder. */
export interface NativeFile {
  /** Relative to the folder. */
  readonly path: string
  readonly sizeBytes: number
}

interface Symlink {
  readonly source: string
  readonly target: string
}

/** Lists the files a running server may need: static libraries and build metadata are left out. */
export async function listNativeFiles(native: string): Promise<NativeFile[]> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && !['.a', '.pc'].includes(extname(entry.name)))
  return Promise.all(
    files.map(async entry => {
      const path = join(entry.parentPath, entry.name)
      return { path: relative(native, path), sizeBytes: (await stat(path)).size }
    }),
  )
}

/** Copies those files, readable for every user whatever the umask and the modes of the source are. */
export async function copyNativeFiles(source: string, target: string): Promise<void> {
  const files = await listNativeFiles(source)
  const folders = [target, ...new Set(files.flatMap(file => parents(file.path)))]
  for (const folder of folders) {
    const path = folder === target ? target : join(target, folder)
    await mkdir(path, { recursive: true })
    await chmod(path, 0o755)
  }
  await Promise.all(
    files.map(async ({ path }) => {
      await copyFile(join(source, path), join(target, path))
      await chmod(join(target, path), dirname(path) === 'bin' ? 0o755 : 0o644)
    }),
  )
}

/**
 * Does what the package's install script would have done, had npm been allowed to run it: makes the links
 * between the versions of the libraries, and the programs executable. Harmless when repeated or done by two
 * processes at once.
 *
 * @throws the error of the file system, when the folder is not ours to change
 */
export async function finishNativeFolder(native: string): Promise<void> {
  const root = dirname(native)
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as Symlink[]
  await Promise.all(links.map(({ source, target }) => ensureLink(join(root, source), join(root, target))))
  const bin = join(native, 'bin')
  await Promise.all((await readdir(bin)).map(name => ensureExecutable(join(bin, name))))
}

async function ensureLink(source: string, target: string): Promise<void> {
  const exists = await stat(target).then(
    () => true,
    () => false,
  )
  if (exists) return
  await symlink(join(relative(dirname(target), dirname(source)), basename(source)), target).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
}

async function ensureExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555)
}

/** The folders a relative path goes through, outermost first. */
function parents(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [...parents(parent), parent]
}
