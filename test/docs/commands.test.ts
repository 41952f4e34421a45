import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createPlainRole } from '../support/plain-role.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installWasla } from '../support/wasla-database.ts'
import { blocksOf, readPages } from './pages.ts'
import { problemsOf } from './shell/check-words.ts'
import { giveDatabase, prepare, starts } from './shell/prepare.ts'
import { canBeRun, codesOf } from './shell/rules.ts'
import { commandsOfPage, commandsRunBy, fits, others, pagesTest, runnerOf } from './shell/runners.ts'
import { callsInSentences, spansOfPages, spansToRun } from './shell/spans.ts'
import { commandsOf, splitCommands } from './shell/split-commands.ts'
import { takenBy } from './shell/taken-by.ts'

/** Of these translations.test.ts holds that they have the commands of README.md. */
const translated = ['docs/README.ar.md', 'docs/README.fr.md']
const pages = readPages()
const originals = pages.filter(({ name }) => !translated.includes(name))
const withCommands = originals.filter(({ name }) => commandsRunBy(pagesTest, name).length > 0)

const database = await createTestDatabase()
const demo = await createTestDatabase()
await installWasla(demo)
const role = await createPlainRole(database, 'pages')

test('most pages for users show commands', () => {
  expect(withCommands.length).toBeGreaterThan(12)
})

describe('the commands of', () => {
  test.each(withCommands.map(page => [page.name, page] as const))(
    '%s do what the page says',
    async (_, page) => {
      await giveDatabase(database, role)
      const session = await prepare(page.name, role, { demo: demo.url })
      const run = async (command: string, where = '') => {
        if (runnerOf(page.name, command) !== pagesTest || !canBeRun(command)) return
        const { code, said } = await session.run(command)
        expect(codesOf(command), `${page.name}${where} ${command}\n${said}`).toContain(code ?? 0)
        expect(said, command).not.toContain('urn:rtbridge:error:')
      }
      for (const block of blocksOf(page)) {
        if (block.newTerminal) await session.openTerminal()
        if (block.saveAs !== null) await session.save(block.saveAs, block.text)
        for (const command of commandsOf(block)) await run(command, `:${block.line}`)
      }
      const inSentences = [...(starts[page.name]?.meanwhile ?? []), ...(spansOfPages.get(page.name) ?? [])]
      for (const command of inSentences) await run(command)
    },
    180_000,
  )

  test.each(pages.map(page => [page.name, page] as const))('%s exist, with their options', (_, page) => {
    const commands = blocksOf(page).flatMap(commandsOf)
    const problems = [...commands, ...callsInSentences(page)].flatMap(line => problemsOf(line, page.url))
    expect(problems).toEqual([])
  })
})

const everyCommand = originals.flatMap(({ name }) =>
  commandsOfPage(name).map(command => ({ name, command, by: runnerOf(name, command) })),
)

describe('every command of every page is run', () => {
  const elsewhere = [...new Set(everyCommand.filter(({ by }) => by !== pagesTest).map(({ by }) => by))]

  test.each(elsewhere)('by %s, which takes it from the page', by => {
    const source = readFileSync(new URL(`../../${by}`, import.meta.url), 'utf8')
    const commands = everyCommand.filter(each => each.by === by)
    expect(commands.length).toBeGreaterThan(0)
    if (by === '.ci/run') {
      const steps = commands.flatMap(({ command }) => command.split(' && '))
      expect(steps.filter(step => !source.includes(`\n${step} `))).toEqual([])
      return
    }
    expect(source).toContain(`'${by}'`)
    for (const name of new Set(commands.map(each => each.name))) {
      const taken = source.includes(`'${name}'`) ? takenBy(source, commandsOfPage(name)) : new Set()
      const left = commands.filter(each => each.name === name && !taken.has(each.command))
      expect(left).toEqual([])
    }
  })

  test('and no row of the table of runners is idle', () => {
    const rowOf = (name: string, command: string) => others.find(row => fits(row, name, command))
    const used = new Set(everyCommand.map(({ name, command }) => rowOf(name, command)))
    expect(others.filter(row => !used.has(row))).toEqual([])
  })
})

describe('this test', () => {
  test('finds commands and options that do not exist', () => {
    expect(problemsOf('rtbridge satus')).toHaveLength(1)
    expect(problemsOf('sudo rtbridge service install --dri-run')).toHaveLength(1)
    expect(problemsOf('rtbridge types --out a.ts | rtbridge tail --sicne x')).toHaveLength(1)
    expect(problemsOf('npm ci && npm run dmo')).toHaveLength(1)
    expect(problemsOf('npm run dev')).toHaveLength(1)
    expect(problemsOf('rtbridge token create a --roles clerk --json')).toEqual([])
  })

  test('takes a new command of a sentence, not what has a placeholder, only names one or is run already', () => {
    const page = (name: string, text: string) => ({ name, url: new URL(`file:///${name}`), text })
    const a =
      'x `rtbridge\nstatus` `rtbridge token create <name>` `rtbridge cert show|trust`\n```sh\na\n```\n'
    const b =
      '`rtbridge status`, `psql`, `A=1 npx b`, `rtbridge trace`, `curl -N`, `ufw allow`, `d && e`, `id x`, `new-one --x`, `cert init --y`\n'
    const c = '`rtbridge cert`, `rtbridge trace t 1`, `npm ci`\n\n    npm ci && npm test\n    curl -N /\n'
    const found = spansToRun([page('a', a), page('b', b), page('c', c)])
    expect(found.get('a')).toEqual(['rtbridge status'])
    expect(found.get('b')).toEqual(['A=1 npx b', 'ufw allow', 'new-one --x'])
    expect(found.get('c')).toEqual(['rtbridge cert', 'rtbridge trace t 1'])
  })

  test('knows which commands another test takes', () => {
    const commands = ['a 1', 'b', 'c/d', 'e', 'f']
    const source = 'page.take(/^a/); page.takeFromTo(/^b$/, /c\\/d/)'
    expect([...takenBy(source, commands)]).toEqual(['a 1', 'b', 'c/d'])
    expect(takenBy('commandsRunBy(own, page)', commands).size).toBe(5)
  })

  test('splits a block as a shell does', () => {
    const script = "a 1   # one\n\n# two\nb \\\n  c\nd <<'SQL'\nx # y\nSQL\ne '#f'\n"
    expect(splitCommands(script)).toEqual(['a 1', 'b \\\n  c', "d <<'SQL'\nx # y\nSQL\n", "e '#f'"])
  })
})
