import type { DescribedCommand, DescribedOption } from './describe-command.ts'

export interface ManOptions {
  readonly version: string
}

/** A manual page of section 1. */
export interface ManPage {
  /** `rtbridge-token-create`. */
  readonly name: string
  /** In the language of man(7). */
  readonly text: string
}

/** The manual: `rtbridge(1)`, which lists the commands, and a page for each of them. */
export function renderMan(program: DescribedCommand, { version }: ManOptions): readonly ManPage[] {
  const commands = leaves(program)
  const source = `${program.name} ${version}`
  return [
    mainPage(program, commands, source),
    ...commands.map(command => commandPage(command, program, source)),
  ]
}

function mainPage(program: DescribedCommand, commands: readonly DescribedCommand[], source: string): ManPage {
  const { name } = program
  return page(name, source, [
    ...nameSection(name, program.description),
    '.SH SYNOPSIS',
    `.B ${name}`,
    '.RI < command >',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    ...paragraphs(program.notes),
    '.SH COMMANDS',
    ...commands.flatMap(command => ['.TP', `.BR ${text(pageName(command))} (1)`, text(command.description)]),
    '.SH "OPTIONS OF EVERY COMMAND"',
    ...program.options.flatMap(describeOption),
    '.SH FILES',
    '.TP',
    '.I /etc/rtbridge/rtbridge.yaml',
    'the configuration, when none is named and none lies in the working directory',
    '.TP',
    '.I /etc/rtbridge/credentials',
    'secrets of the systemd service, one to a file, named like the variable it stands for',
    ...seeAlso([...commands.map(pageName), 'psql', 'systemctl']),
  ])
}

function commandPage(command: DescribedCommand, program: DescribedCommand, source: string): ManPage {
  const { path, usage, description, options, notes, arguments: args } = command
  const siblings = leaves(program).filter(other => other !== command && familyOf(other) === familyOf(command))
  const takes = args.flatMap(({ name, description: meaning, fallback }) => [
    '.TP',
    `.I ${text(name)}`,
    text(`${meaning}${defaultOf(fallback)}`),
  ])
  return page(pageName(command), source, [
    ...nameSection(pageName(command), description),
    '.SH SYNOPSIS',
    `.B ${text(path)}`,
    text(usage),
    '.SH DESCRIPTION',
    text(`${description.charAt(0).toUpperCase()}${description.slice(1)}.`),
    ...(notes === '' ? [] : ['.PP', ...paragraphs(notes)]),
    ...section('ARGUMENTS', takes),
    ...section('OPTIONS', options.flatMap(describeOption)),
    '.PP',
    'Options of every command are in',
    `.BR ${program.name} (1).`,
    ...seeAlso([program.name, ...siblings.map(pageName)]),
  ])
}

function page(name: string, source: string, lines: readonly string[]): ManPage {
  const title = `.TH ${quote(text(name.toUpperCase()))} 1 "" ${quote(source)} "User Commands"`
  return { name, text: [title, ...lines, ''].join('\n') }
}

function nameSection(name: string, description: string): readonly string[] {
  return ['.SH NAME', `${text(name)} \\- ${text(description.replace(/\.$/, ''))}`]
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines]
}

function seeAlso(names: readonly string[]): readonly string[] {
  const comma = (index: number) => (index < names.length - 1 ? ',' : '')
  return ['.SH "SEE ALSO"', ...names.map((name, index) => `.BR ${text(name)} (1)${comma(index)}`)]
}

function pageName(command: DescribedCommand): string {
  return command.path.replaceAll(' ', '-')
}

/** Commands with the same first word belong together: `token`. */
function familyOf(command: DescribedCommand): string {
  return command.path.split(' ')[1] ?? ''
}

/** The commands that do something. */
function leaves(command: DescribedCommand): readonly DescribedCommand[] {
  return command.commands.flatMap(each => (each.commands.length === 0 ? [each] : leaves(each)))
}

function describeOption({ flags, description, choices, fallback }: DescribedOption): readonly string[] {
  const which = choices.length === 0 ? '' : ` (${choices.join(', ')})`
  return ['.TP', `.B ${text(flags)}`, text(`${description}${which}${defaultOf(fallback)}`)]
}

function defaultOf(fallback: string | null): string {
  return fallback === null ? '' : ` (default: ${fallback})`
}

/** Indented lines are examples, and stay as they are. */
function paragraphs(notes: string): readonly string[] {
  const parts = notes.split(/\n\n/).map(part => part.split('\n'))
  return parts.flatMap((lines, index) => {
    const isExample = lines.every(line => line.startsWith('  '))
    const body = isExample
      ? ['.RS', '.nf', ...lines.map(line => text(line.trim())), '.fi', '.RE']
      : lines.map(line => text(line.trim()))
    return index === 0 || isExample ? body : ['.PP', ...body]
  })
}

/** Backslashes, hyphens that must stay hyphens, and lines that would be requests. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^(['.])/, '\\&$1')
}

function quote(argument: string): string {
  return `"${argument.replaceAll('"', '\\(dq')}"`
}
