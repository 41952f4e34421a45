import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { FolderRules, Sources } from './support/source-rules.ts'
import {
  findCycles,
  findFolderCycles,
  findLongFiles,
  findLongSql,
  findWrongImports,
  findWrongPackages,
} from './support/source-rules.ts'

/**
 * Who may import whom: data flows down from the database to the sockets, and only `cli/`, `daemon/` and the
 * files at the top join the parts. A package that stands here may be imported by that folder only.
 */
const rules: FolderRules = {
  domain: { folders: [] },
  expressions: { folders: ['domain'] },
  protocol: { folders: ['domain'] },
  config: { folders: ['domain', 'expressions'] },
  database: { folders: ['domain'], packages: ['pg', 'pg-listen', 'knex'] },
  install: { folders: ['domain', 'database'] },
  capture: { folders: ['domain', 'database'] },
  signals: { folders: ['domain', 'database'], packages: ['redis'] },
  snapshots: { folders: ['domain', 'database', 'expressions'] },
  mapping: { folders: ['domain', 'expressions'] },
  access: { folders: ['domain', 'expressions'], packages: ['jose'] },
  hub: { folders: ['domain', 'expressions', 'access', 'protocol'] },
  transports: {
    folders: ['domain', 'protocol', 'hub', 'access'],
    packages: ['ws', 'node:http', 'node:https', 'hono', '@hono/node-server'],
  },
  client: { folders: ['protocol'] },
  'client-node': { folders: ['client'], packages: ['ws'] },
  react: { folders: ['client'], packages: ['react'] },
  catalogue: { folders: ['domain'] },
  dashboard: {
    folders: ['client', 'protocol', 'catalogue'],
    packages: ['preact', 'preact/hooks'],
  },
  discovery: {
    folders: ['domain'],
    packages: ['bonjour-service', 'bonjour-service/dist/lib/mdns-server.js'],
  },
  operations: { folders: ['domain'], packages: ['prom-client'] },
  demo: { folders: ['domain', 'database', 'install'] },
  daemon: { folders: '*' },
  cli: { folders: '*' },
  '': { folders: '*' },
}

const maxFileLines = 400

describe('src', () => {
  const sources = readSources(fileURLToPath(new URL('../src', import.meta.url)))

  test('has no import that points the wrong way', () => {
    expect(findWrongImports(sources, rules)).toEqual([])
  })

  test('imports databases and sockets only in the folder that wraps them', () => {
    expect(findWrongPackages(sources, rules)).toEqual([])
  })

  test('has no import cycle', () => {
    expect(findCycles(sources)).toEqual([])
  })

  test.each(['client', 'react'])('has no import cycle between the folders of %s/', folder => {
    expect(findFolderCycles(sources, folder)).toEqual([])
  })

  test(`has no file above ${maxFileLines} lines`, () => {
    expect(findLongFiles(sources, maxFileLines)).toEqual([])
  })

  test('has no SQL longer than a line', () => {
    expect(findLongSql(sources)).toEqual([])
  })
})

describe('the checker', () => {
  test('bites on an import of a folder that is not allowed, of types too', () => {
    const sources = sample('capture/reader.ts', `import type { Hub } from '../hub/hub.ts'`)
    expect(findWrongImports(sources, rules)).toEqual(['capture/reader.ts: capture/ must not import hub/'])
  })

  test('bites on a re-export, a dynamic import and an import that spans lines', () => {
    const text = `export { a } from '../hub/a.ts'\nawait import('../cli/b.ts')\nimport {\n  c,\n} from '../daemon.ts'`
    expect(findWrongImports(sample('mapping/rules.ts', text), rules)).toHaveLength(3)
  })

  test('bites on a folder nobody made a rule for', () => {
    expect(findWrongImports(sample('utils/text.ts', ''), rules)).toHaveLength(1)
  })

  test('bites on a reserved package', () => {
    expect(findWrongPackages(sample('demo/traffic.ts', `import { Pool } from 'pg'`), rules)).toHaveLength(1)
    expect(findWrongPackages(sample('database/pool.ts', `import { Pool } from 'pg'`), rules)).toEqual([])
  })

  test('bites on a cycle through three files', () => {
    const sources = new Map([
      ['hub/a.ts', `import './b.ts'`],
      ['hub/b.ts', `import { c } from './c.ts'`],
      ['hub/c.ts', `export * from './a.ts'`],
    ])
    expect(findCycles(sources)).toEqual(['hub/a.ts → hub/b.ts → hub/c.ts → hub/a.ts'])
  })

  test('bites on a cycle between folders whose files have none', () => {
    const sources = new Map([
      ['client/sending/a.ts', `import '../machine/b.ts'`],
      ['client/machine/b.ts', ''],
      ['client/machine/c.ts', `import type { D } from '../sending/d.ts'`],
      ['client/sending/d.ts', ''],
    ])
    expect(findFolderCycles(sources, 'client')).toEqual(['client/sending → client/machine → client/sending'])
  })

  test('bites on a long file', () => {
    expect(findLongFiles(sample('hub/hub.ts', 'x\n'.repeat(401)), 400)).toEqual(['hub/hub.ts: 401 lines'])
  })

  test('bites on SQL that spans lines, in one literal or in several', () => {
    expect(findLongSql(sample('capture/a.ts', '// it`s\nquery(`SELECT 1\nFROM b`)'))).toHaveLength(1)
    expect(findLongSql(sample('capture/a.ts', `query('SELECT 1 ' +\n  'FROM b')`))).toHaveLength(1)
  })

  test('lets short SQL and text about SQL pass', () => {
    const text = "/* `SELECT 1\nFROM b` */\nquery('SELECT 1')\nconst hint = `run\nSELECT 1`"
    expect(findLongSql(sample('capture/a.ts', text))).toEqual([])
  })
})

function sample(path: string, text: string): Sources {
  return new Map([[path, text]])
}

function readSources(root: string): Sources {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(path => /\.tsx?$/.test(path))
  return new Map(paths.map(path => [path, readFileSync(join(root, path), 'utf8')]))
}
