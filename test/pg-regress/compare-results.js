import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { normalise } from './normalise.js'
import { runProgram } from './run-program.js'

/**
 * Compares two runs of a suite, test by test.
 *
 * @param plain folder with one .out file for each test
 * @param captured the same tests with triggers
 * @param folder to create, for the normalised results
 * @returns for each test, sorted: `test`, `hunks` (see {@link splitHunks}; empty when there is no difference)
 */
export async function compareResults(plain, captured, folder) {
  const files = [...new Set([...(await readdir(plain)), ...(await readdir(captured))])]
  const tests = files.filter(name => name.endsWith('.out')).map(name => name.slice(0, -'.out'.length))
  const sides = [
    { results: plain, into: join(folder, 'plain') },
    { results: captured, into: join(folder, 'captured') },
  ]
  for (const { into } of sides) await mkdir(into, { recursive: true })
  const compared = []
  for (const test of tests.sort()) {
    const paths = []
    for (const { results, into } of sides) {
      const path = join(into, `${test}.out`)
      await writeFile(path, normalise(await readResult(join(results, `${test}.out`))))
      paths.push(path)
    }
    compared.push({ test, hunks: splitHunks(await diff(paths)) })
  }
  return compared
}

/** A test that gave no result in one of the runs is a difference like any other. */
async function readResult(path) {
  return await readFile(path, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}

/** Each hunk names the last line of SQL before it, which is where a reader has to look. */
async function diff(paths) {
  const { code, stdout, stderr } = await runProgram('diff', ['-U0', '-F', '^[A-Za-z\\\\].*;', ...paths])
  if (code === 0 || code === 1) return stdout
  throw new Error(`diff ended with ${code}: ${stderr}`)
}

/** @returns of a unified diff without context, the hunks: `near` (a line of SQL before it), `lines` with their - or + */
export function splitHunks(text) {
  const hunks = []
  for (const line of text.split('\n').slice(2)) {
    const head = /^@@ -\S+ \+\S+ @@ ?(.*)$/.exec(line)
    if (head !== null) hunks.push({ near: head[1], lines: [] })
    else if (/^[-+]/.test(line)) hunks.at(-1).lines.push(line)
  }
  return hunks
}
