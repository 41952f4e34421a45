import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll } from 'vitest'

const project = fileURLToPath(new URL('../../', import.meta.url))

/** Modules of a version of rtbridge that is newer than this one by one install file. */
export interface NextVersion {
  /** @param path below `src/` */
  load<Module>(path: string): Promise<Module>
}

/**
 * Makes the version that comes after this one: the same program with one more install file. Call it where tests are
 * declared; it is removed after them.
 * @param sql content of the file
 */
export async function makeNextVersion(sql: string): Promise<NextVersion> {
  const root = await mkdtemp(join(tmpdir(), 'rtbridge-next-'))
  afterAll(() => rm(root, { recursive: true, force: true }))
  for (const part of ['src', 'sql', 'package.json']) {
    await cp(join(project, part), join(root, part), { recursive: true })
  }
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'sql/install/9000_next.sql'), sql)
  return {
    load: path => import(/* @vite-ignore */ pathToFileURL(join(root, 'src', path)).href),
  }
}
