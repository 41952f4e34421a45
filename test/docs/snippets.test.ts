import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { createFolder, runCli } from '../cli/run-cli.ts'
import { compileTypescript } from '../support/compile-typescript.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { type Block, blocksOf, readPages } from './pages.ts'
import { tutorialTables } from './shell/prepare.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
const blocks = readPages().flatMap(blocksOf)
const where = ({ page, line }: Block) => `${page}:${line}`
const inLanguage = (...languages: readonly string[]) =>
  blocks.filter(({ language }) => languages.includes(language)).map(block => [where(block), block] as const)

const database = await createTestDatabase()
await database.query(tutorialTables)

/** What examples leave open: functions that an app would have. */
const ofTheApp = `declare function showHubs(hubs: unknown): void\n`

describe('a configuration in the pages', () => {
  const isOurs = ([, { text }]: readonly [string, Block]) => !text.includes('scrape_configs')

  test.each(inLanguage('yaml').filter(isOurs))('%s is valid', async (_, { text }) => {
    const cwd = await createFolder()
    await writeFile(join(cwd, 'rtbridge.yaml'), text.replaceAll('sha256:…', `sha256:${'0'.repeat(64)}`))
    const env = {
      DATABASE_URL: database.url,
      RTBRIDGE_DATABASE_URL: database.url,
      JWT_SECRET: 'x'.repeat(32),
    }
    const { code, stderr } = await runCli(['config', 'check'], { cwd, env })
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  })
})

describe('JSON in the pages', () => {
  const isJson = ({ language, text }: Block) =>
    language === 'json' || (language === '' && text.startsWith('{'))

  test.each(blocks.filter(isJson).map(block => [where(block), block] as const))(
    '%s can be read',
    (_, block) => {
      for (const document of block.text.split(/\n(?=\{)/)) JSON.parse(document.replaceAll('[ … ]', '[]'))
    },
  )
})

describe('SQL in the pages', () => {
  test.each(inLanguage('sql'))('%s is what PostgreSQL takes', async (_, { text }) => {
    await expect(database.query(text)).resolves.toBeDefined()
  })
})

describe('JavaScript in the pages', () => {
  test.each(inLanguage('js'))('%s can be read', async (_, { text }) => {
    await expect(transform(text, { format: 'esm', target: 'es2022' })).resolves.toBeDefined()
  })
})

test('programs in the pages that are whole compile, but for the lines of which the page says that they do not', async () => {
  const folder = await createFolder()
  await mkdir(join(folder, 'node_modules'))
  await symlink(project, join(folder, 'node_modules/rtbridge'))
  const whole = inLanguage('ts', 'tsx').filter(([, { text }]) => text.startsWith('import '))
  const files = whole.map(([name, { language, text }]) => {
    const program = text.includes('showHubs') ? `${text}${ofTheApp}` : text
    return [`${name.replaceAll(/[/:.]/g, '-')}.${language}`, program] as const
  })
  expect(files.length).toBeGreaterThan(3)
  const schema = await readFile(join(project, 'examples/wasla/rtbridge-types.ts'), 'utf8')
  const complaints = await compileTypescript(folder, {
    ...Object.fromEntries(files),
    'rtbridge-types.ts': schema,
  })
  const wrong = files.flatMap(([name, text]) =>
    text
      .split('\n')
      .flatMap((line, index) => (line.includes('does not compile') ? [`${name}(${index + 1},`] : [])),
  )
  const isExpected = (complaint: string) => wrong.some(place => complaint.startsWith(place))
  expect(complaints.filter(complaint => !isExpected(complaint))).toEqual([])
  expect(complaints.filter(isExpected)).toHaveLength(wrong.length)
})

test('the pages pack with what builds first: .npmrc forbids the scripts that npm would run by itself', async () => {
  expect(blocks.filter(({ text }) => /\bnpm run package\b/.test(text)).length).toBeGreaterThan(3)
  expect(readPages().filter(({ text }) => /\bnpm pack\b/.test(text))).toEqual([])
  const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))
  expect(scripts.package).toMatch(/ clean && .* build && npm pack .*--ignore-scripts$/)
})

test('the pages name the files of this version', async () => {
  const { version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { version: string }
  const named = readPages().flatMap(({ name, text }) =>
    [...text.matchAll(/rtbridge-(\d[\w.-]*)\.tgz/g)].map(([, found]) => [name, found]),
  )
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter(([, found]) => found !== version)).toEqual([])
})
