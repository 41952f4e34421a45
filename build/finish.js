// What the compiler leaves to do: the CommonJS copy of the client says what it is, and pages without a bundler get the
// client in one file. Part of `npm run build`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const dist = new URL('../dist/', import.meta.url)

mkdirSync(new URL('cjs/', dist), { recursive: true })
writeFileSync(new URL('cjs/package.json', dist), '{ "type": "commonjs" }\n')

await build({
  entryPoints: [fileURLToPath(new URL('client/index.js', dist))],
  outfile: fileURLToPath(new URL('browser/rtbridge-client.js', dist)),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  logLevel: 'warning',
})
