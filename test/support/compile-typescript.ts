import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
const types = fileURLToPath(new URL('../../node_modules/@types', import.meta.url))

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  typeRoots: [types],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
}

/**
 * Compiles files with the project's own compiler.
 * @param folder where they are written
 * @param files text by name
 * @returns what it complains of, `name(line,column): error …` each; empty when all is right
 */
export async function compileTypescript(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const all = {
    ...files,
    'package.json': '{"type":"module"}',
    'tsconfig.json': JSON.stringify({ compilerOptions }),
  }
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [compiler, '-p', folder, '--pretty', 'false'],
      { cwd: folder },
      (error, stdout) => {
        if (error !== null && typeof error.code !== 'number') reject(error)
        else resolve(stdout)
      },
    )
  })
  return output.split('\n').filter(line => line.includes('error TS'))
}
