import { expect, test } from 'vitest'
import { type DescribedCommand, describeCommand } from '../../src/cli/describe/describe-command.ts'
import { buildProgram } from '../../src/cli/program.ts'

const program = describeCommand(buildProgram())

const introduction = `# Commands

Every command with its options, as \`rtbridge help <command>\` prints them. Answers go to standard output, messages to standard
error; \`--json\` gives an answer for programs. What you do with them: [tutorial](tutorial.md), [how-to](README.md).`

/** The commands that do something. */
function leavesOf(command: DescribedCommand): readonly DescribedCommand[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}

function renderDocument(): string {
  const everywhere = `## Options of every command\n\n${optionsOf(program)}\n\n${notesOf(program)}`
  return `${[introduction, ...leavesOf(program).map(renderCommand), everywhere].join('\n\n')}\n`
}

function renderCommand(command: DescribedCommand): string {
  const usage = `    ${command.path} ${command.usage}`.trimEnd()
  const parts = [`## ${command.path}`, usage, sentence(command.description)]
  return [...parts, argumentsOf(command), optionsOf(command), notesOf(command)]
    .filter(part => part !== '')
    .join('\n\n')
}

function argumentsOf({ arguments: all }: DescribedCommand): string {
  const described = all.filter(({ description }) => description !== '')
  return table(
    'argument',
    described.map(
      ({ name, description, fallback }) => [name, `${description}${defaultOf(fallback)}`] as const,
    ),
  )
}

function optionsOf({ options }: DescribedCommand): string {
  const rows = options.map(({ flags, description, choices, fallback }) => {
    const which = choices.length === 0 ? '' : `: ${choices.join(', ')}`
    return [flags, `${description}${which}${defaultOf(fallback)}`] as const
  })
  return table('option', rows)
}

function defaultOf(fallback: string | null): string {
  return fallback === null ? '' : ` (default: ${fallback})`
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return ''
  const lines = rows.map(([name, text]) => `| \`${name}\` | ${escapeCell(text)} |`)
  return [`| ${title} | meaning |`, '|---|---|', ...lines].join('\n')
}

/** Examples in a help are indented; at the beginning of a paragraph that makes a block of them. */
function notesOf({ notes }: DescribedCommand): string {
  return notes
    .split('\n\n')
    .map(part => {
      const lines = part.split('\n')
      const isExample = lines.every(line => line.startsWith('  '))
      return lines.map(line => (isExample ? `    ${line.trim()}` : escapeText(line.trim()))).join('\n')
    })
    .join('\n\n')
}

function sentence(text: string): string {
  return `${escapeText(text.charAt(0).toUpperCase() + text.slice(1))}.`
}

function escapeText(text: string): string {
  return text.replaceAll('<', String.raw`\<`).replaceAll('*', String.raw`\*`)
}

function escapeCell(text: string): string {
  return escapeText(text).replaceAll('|', String.raw`\|`)
}

test('docs/cli.md describes the commands as they are (`npx vitest run test/docs/cli-reference.test.ts -u` writes it)', async () => {
  await expect(renderDocument()).toMatchFileSnapshot('../../docs/cli.md')
})

test('describes every command and every option in a sentence', () => {
  const commands = leavesOf(program)
  expect(commands.length).toBeGreaterThan(25)
  const silent = commands.filter(({ description, options }) =>
    [description, ...options.map(option => option.description)].includes(''),
  )
  expect(silent.map(({ path }) => path)).toEqual([])
})
