import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A PostgreSQL that the system has installed. */
export interface SystemPostgres {
  readonly major: number
  /** Holds `bin`. */
  readonly native: string
}

/** Where Debian and Ubuntu put the majors, a folder to each, away from the path. */
const debianFolder = '/usr/lib/postgresql'
/** What rtbridge works with. */
const oldestMajor = 13

/**
 * Finds the newest server of the system's packages.
 * @returns null when there is none
 */
export async function findSystemPostgres(folder = debianFolder): Promise<SystemPostgres | null> {
  const names = await readdir(folder).catch(() => [])
  const majors = names.filter(name => /^\d+$/.test(name)).map(Number)
  for (const major of majors.sort((a, b) => b - a)) {
    const native = join(folder, String(major))
    if (major >= oldestMajor && (await hasServer(native))) return { major, native }
  }
  return null
}

/** Not where only the clients are installed. */
async function hasServer(native: string): Promise<boolean> {
  const programs = ['initdb', 'postgres'].map(name => access(join(native, 'bin', name)))
  return Promise.all(programs).then(
    () => true,
    () => false,
  )
}
