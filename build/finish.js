// What the compiler leaves to do: the CommonJS copy of the client says what it is, pages without a bundler get the client in
// one file, and the program comes in a few files. Part of `npm run build`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
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

// Hundreds of small modules take Node 180 ms of a processor to load, a third of the time until a hub listens. Each command
// stays in a file that is loaded when it is called; dependencies stay where npm has them, so that their updates reach an
// installation, but for the three that take longest to load and do nothing but compute. All files of the result lie as deep
// as those of `dist/cli`, because some find `sql/`, `package.json` and the page by their own place; the build refuses one from
// deeper. The names of files change with what is in them.
const builtIn = ['zod', 'yaml', 'prom-client']
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const installed = Object.keys({
  ...manifest.dependencies,
  ...manifest.optionalDependencies,
  ...manifest.peerDependencies,
})
rmSync(new URL('program/', dist), { recursive: true, force: true })
await build({
  entryPoints: [fileURLToPath(new URL('cli/main.js', dist))],
  outdir: fileURLToPath(new URL('program/', dist)),
  bundle: true,
  splitting: true,
  external: installed.filter(name => !builtIn.includes(name)).flatMap(name => [name, `${name}/*`]),
  // Two of them are CommonJS, and ask for modules of Node.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
  },
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // That modules have no effects by themselves is what the package says of the client.
  ignoreAnnotations: true,
  plugins: [{ name: 'same-depth', setup: refuseDeepPlaces }],
  logLevel: 'warning',
})

/** Stops the build where a module leads to a file by a place that is no longer its own. */
function refuseDeepPlaces({ onLoad }) {
  onLoad({ filter: /\.js$/ }, ({ path }) => {
    const isMoved =
      path.startsWith(fileURLToPath(dist)) && relative(fileURLToPath(dist), path).split(sep).length !== 2
    if (!isMoved || !/new URL\([^)]*import\.meta\.url/.test(readFileSync(path, 'utf8'))) return
    return { errors: [{ text: `${path} finds files by its own place, and is not two folders deep` }] }
  })
}
