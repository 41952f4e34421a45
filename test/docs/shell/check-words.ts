import { existsSync, readFileSync } from 'node:fs'
import { type DescribedCommand, describeCommand } from '../../../src/cli/describe/describe-command.ts'
import { buildProgram } from '../../../src/cli/program.ts'

const program = describeCommand(buildProgram())
const ofProject = new URL('../../../package.json', import.meta.url)

/**
 * What is wrong with the words of a command line: commands and options of rtbridge that the command tree does not have,
 * scripts that package.json does not have. It does not run anything.
 * @param page where it stands: a package.json beside the page is the one that counts
 */
export function problemsOf(line: string, page: URL = ofProject): readonly string[] {
  const beside = new URL('package.json', page)
  const { scripts } = JSON.parse(readFileSync(existsSync(beside) ? beside : ofProject, 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  const calls = [...line.matchAll(/(?:^|(?<!-[ugG])[\s|;&(])rtbridge +([a-z-][^|;&#`)]*)/g)]
  const runs = [...line.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name)
  return [
    ...calls.flatMap(([, words = '']) => problemsOfCall(words.trim().split(/\s+/))),
    ...runs.filter(name => scripts[name] === undefined).map(name => `no script ${name} in package.json`),
  ]
}

/** Whether words begin with a command of rtbridge, as in `token create --jwt`. */
export function isCommand(words: string): boolean {
  return findCommand(words.split(' '))[0] !== program
}

/** Whether a call of rtbridge is only the name of a command: of one that has commands below it, or takes arguments. */
export function isNameOnly(line: string): boolean {
  const [command, rest] = findCommand(line.split(' ').slice(1))
  return rest.length === 0 && command.commands.length + command.arguments.length > 0
}

/** The command that the first words name, and the words behind them. */
function findCommand(words: readonly string[]): readonly [DescribedCommand, readonly string[]] {
  let command = program
  for (const [index, word] of words.entries()) {
    const found = command.commands.find(({ name }) => name === word)
    if (found === undefined) return [command, words.slice(index)]
    command = found
  }
  return [command, []]
}

function problemsOfCall(words: readonly string[]): readonly string[] {
  const [command, rest] = findCommand(words)
  if (command.name === 'help') return []
  if (command.commands.length > 0 && rest[0] !== undefined && !rest[0].startsWith('-'))
    return [`no command ${rest[0]} in ${command.path}`]
  const known = [...program.options, ...command.options].flatMap(option => option.words)
  return rest
    .filter(word => /^--?[a-z]/.test(word))
    .map(word => word.replace(/=.*$/, ''))
    .filter(word => ![...known, '--help', '-h'].includes(word))
    .map(word => `no option ${word} in ${command.path}`)
}
