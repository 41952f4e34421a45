// How large the client is in an app, minified and compressed; fails when it is larger than promised.
//
//   npm run build && npm run size
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** What an app imports, and the most it may take, bytes. */
const promised = [
  { label: 'core', from: 'client/core.js', name: 'createCoreClient', limit: 6_000 },
  { label: 'core with live tables', from: 'client/core.js', name: 'createTableClient', limit: 10_250 },
  { label: 'everything', from: 'client/index.js', name: 'createClient', limit: 15_700 },
]

let isTooLarge = false
for (const { label, from, name, limit } of promised) {
  const bytes = await sizeOf(from, name)
  const verdict = bytes > limit ? 'TOO LARGE' : 'ok'
  isTooLarge ||= bytes > limit
  console.log(`${label}: ${bytes} bytes of ${limit}, minified and gzip -9, ${verdict}`)
}
const page = await pageSize()
const pageLimit = 60_000
isTooLarge ||= page > pageLimit
console.log(`dashboard: ${page} bytes of ${pageLimit}, gzip -9, ${page > pageLimit ? 'TOO LARGE' : 'ok'}`)
if (isTooLarge) process.exitCode = 1

/** Everything that a browser loads before the page is there; nothing is loaded later. */
async function pageSize() {
  const folder = new URL('../dist/dashboard/', import.meta.url)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const sizes = files.map(
    async ({ parentPath, name }) => gzipSync(await readFile(join(parentPath, name)), { level: 9 }).length,
  )
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
}

/** Bundles one import as an app's bundler would, and compresses it. */
async function sizeOf(from, name) {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${name} } from './${from}'`,
      resolveDir: fileURLToPath(new URL('../dist', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}
