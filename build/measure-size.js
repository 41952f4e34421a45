// How large the client is in an app, minified and compressed; fails when it is larger than promised.
//
//   npm run build && npm run size
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

/** What an app imports, and the most it may take, bytes. */
const promised = [
  { label: 'core', from: 'client/core.js', name: 'createCoreClient', limit: 6_000 },
  { label: 'core with live tables', from: 'client/core.js', name: 'createTableClient', limit: 9_000 },
  { label: 'everything', from: 'client/index.js', name: 'createClient', limit: 14_380 },
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

/** Builds an app that imports one name and nothing else, as Vite does it with what it has for defaults, and compresses it. */
async function sizeOf(from, name) {
  const app = 'virtual:app'
  const client = fileURLToPath(new URL(`../dist/${from}`, import.meta.url))
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: app,
        resolveId: id => (id === app ? id : null),
        load: id => (id === app ? `export { ${name} } from ${JSON.stringify(client)}` : null),
      },
    ],
    build: {
      target: 'es2022',
      write: false,
      modulePreload: false,
      // Else nothing would be left: nobody imports an app.
      rolldownOptions: { input: app, preserveEntrySignatures: 'strict' },
    },
  })
  return output.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}
