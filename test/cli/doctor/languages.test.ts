import { expect, test } from 'vitest'
import { catalogues, type Language } from '../../../src/catalogue/translator.ts'
import { describeCommand } from '../../../src/cli/describe/describe-command.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { createFolder, runCli } from '../run-cli.ts'

/** Without a database: problems, checks that are skipped and others that are well. */
const surroundings = {
  RTBRIDGE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/office',
  RTBRIDGE_HUB_HOST: '127.0.0.1',
  RTBRIDGE_HUB_PORT: '1',
  RTBRIDGE_DISCOVERY_MDNS: 'off',
}
const cwd = await createFolder()
const examine = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  runCli(['doctor', ...args], { cwd, env: { ...surroundings, ...variables } })
const linesWith = (text: string, part: RegExp) => text.split('\n').filter(line => part.test(line))

test.each([
  ['fr', /^problème: \d+ contrôles : \d+ problèmes?, .*\d+ non faits, \d+ bons \(voir .*database.*\)\n/],
  ['ar', /^مشكلة: \d+ فحصًا: .*متعذّر.*سليم.* \(انظر .*database.*\)\n/],
])('doctor gives verdict, checks and outcomes in %s, findings in English', async (lang, verdict) => {
  const { code, stdout } = await examine(['--lang', lang])
  expect(code).toBe(5)
  expect(stdout).toMatch(verdict)
  const texts = catalogues[lang as Language]
  const of = (state: keyof typeof texts, check: string) =>
    new RegExp(
      `^${texts[state]} +${texts[`doctor.check.${check}` as keyof typeof texts]} \\(${check}\\) +\\S`,
    )
  expect(linesWith(stdout, of('doctor.state.ok', 'node'))).toHaveLength(1)
  expect(linesWith(stdout, of('doctor.state.skipped', 'tables'))[0]).toMatch(/ the database was not reached$/)
  expect(linesWith(stdout, of('doctor.state.problem', 'database'))[0]).toContain('RTB_DATABASE_REFUSED')
})

test.each(['fr', 'ar'])(
  'status has messages with a code, and their hints, in English in %s, as --lang says',
  async lang => {
    const { stdout } = await runCli(['status', '--lang', lang], { cwd, env: surroundings })
    expect(stdout).toContain('nothing accepts connections there')
    expect(stdout).toContain('check that PostgreSQL runs')
    const option = describeCommand(buildProgram()).options.find(({ words }) => words.includes('--lang'))
    expect(option?.description).toContain('errors with a code and their hints stay English')
  },
)

test('what mends is printed with the same word in each language, and JSON is the same', async () => {
  const fixes = async (lang: string) =>
    linesWith((await examine(['--lang', lang])).stdout, /^ +fix: /).map(line => line.trim())
  const names = async (lang: string) =>
    (
      JSON.parse((await examine(['--lang', lang, '--json'])).stdout) as {
        checks: { name: string; state: string }[]
      }
    ).checks.map(({ name, state }) => `${name} ${state}`)
  expect((await fixes('en')).length).toBeGreaterThan(0)
  for (const lang of ['fr', 'ar']) {
    expect(await fixes(lang)).toEqual(await fixes('en'))
    expect(await names(lang)).toEqual(await names('en'))
  }
})

test.each([
  [{ LANG: 'fr_FR.UTF-8' }, /^problème:/],
  [{ LANG: 'fr_FR.UTF-8', LC_ALL: 'C' }, /^problem:/],
  [{ LANG: 'fr_FR.UTF-8', RTBRIDGE_LANG: 'ar' }, /^مشكلة:/],
])('doctor takes the language of the surroundings: %o', async (variables, said) => {
  expect((await examine([], variables)).stdout).toMatch(said)
})

test.each(['en', 'fr', 'ar'])('the checks of doctor stand in columns in %s', async lang => {
  const { stdout } = await examine(['--lang', lang])
  const places = stdout.replace(/\p{M}/gu, '')
  const starts = linesWith(places, / (Node\.js|Node) \d|the database was not reached$/).map(line =>
    line.search(/ (Node \d|the database)/),
  )
  expect(starts.length).toBeGreaterThan(5)
  expect(new Set(starts).size).toBe(1)
})
