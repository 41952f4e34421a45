import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-program.js'
import { giveTo } from './work-folder.js'

/** Modules of contrib that the tests load from the same folder as their own. */
const borrowed = ['autoinc.so', 'refint.so']

/**
 * Compiles the C functions of the regression tests.
 *
 * @param context `parts`, `account`, `work`
 * @returns the folder with the modules
 */
export async function buildLibraries({ parts, account, work }) {
  const folder = join(work, 'libraries')
  await mkdir(folder)
  const flags = ['-O1', '-w', '-fPIC', '-shared', '-fno-strict-aliasing', '-fwrapv', '-D_GNU_SOURCE']
  const include = [`-I${parts.headers}`, `-I${parts.inputs.regress}`]
  const source = join(parts.inputs.regress, 'regress.c')
  await mustRun(parts.compiler, [...flags, ...include, '-o', join(folder, 'regress.so'), source])
  for (const name of borrowed) await copyFile(join(parts.pkglibdir, name), join(folder, name))
  await giveTo(account, folder)
  return folder
}
