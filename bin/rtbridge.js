#!/usr/bin/env node
// Kept to what the oldest Node can parse, so that it can say that it is too old.
import { existsSync, readFileSync } from 'node:fs'

const main = new URL('../dist/program/main.js', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Exit code of an installation that cannot run. */
const failure = 1

if (!isNewEnough(process.versions.node, manifest.engines.node)) {
  console.error(`rtbridge needs Node.js ${manifest.engines.node}, this is ${process.versions.node}`)
  console.error('try: install a newer one from https://nodejs.org')
  process.exitCode = failure
} else if (!existsSync(main)) {
  // Only a clone has what it is built from.
  const isClone = existsSync(new URL('../tsconfig.build.json', import.meta.url))
  console.error('rtbridge is not built: dist/program/main.js is missing')
  console.error(
    isClone
      ? 'try: npm ci && npm run build'
      : `try: npm ci && npm run package, in the clone that this package is of, and install rtbridge-${manifest.version}.tgz again`,
  )
  process.exitCode = failure
} else {
  await import(main.href)
}

/** Compares `20.19.0` with `>=20.19`. */
function isNewEnough(version, range) {
  const actual = version.split('.').map(Number)
  const wanted = range.replace('>=', '').split('.').map(Number)
  const index = wanted.findIndex((part, at) => part !== actual[at])
  return index === -1 || actual[index] > wanted[index]
}
