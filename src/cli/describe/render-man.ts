import type { DescribedCommand, DescribedOption } from './describe-command.ts'

export interface ManOptions {
  readonly version: string
}

/** The manual page of the program, `rtbridge(1)`: every command with its options, in the language of man(7). */
export function renderMan(program: DescribedCommand, { version }: ManOptions): string {
  const name = program.name
  return [
    `.TH ${name.toUpperCase()} 1 "" ${quote(`${name} ${version}`)} "User Commands"`,
    '.SH NAME',
    `${name} \\- ${text(program.description.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    `.B ${name}`,
    '.RI < command >',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    ...paragraphs(program.notes),
    '.SH COMMANDS',
    ...leaves(program).flatMap(describe),
    '.SH "OPTIONS OF EVERY COMMAND"',
    ...program.options.flatMap(describeOption),
    '.SH FILES',
    '.TP',
    '.I /etc/rtbridge/rtbridge.yaml',
    'the configuration, when none is named and none lies in the working directory',
    '.TP',
    '.I /etc/rtbridge/credentials',
    'secrets of the systemd service, one to a file, named like the variable it stands for',
    '.SH "SEE ALSO"',
    '.BR psql (1),',
    '.BR systemctl (1)',
    '',
  ].join('\n')
}

/** The commands that do something. */
function leaves(command: DescribedCommand): readonly DescribedCommand[] {
  return command.commands.flatMap(each => (each.commands.length === 0 ? [each] : leaves(each)))
}

function describe(command: DescribedCommand): readonly string[] {
  const { path, usage, description, options, notes, arguments: args } = command
  return [
    `.SS ${quote(text(`${path} ${usage}`))}`,
    text(description),
    ...args.flatMap(argument => ['.TP', `.I ${text(argument.name)}`, text(argument.description)]),
    ...options.flatMap(describeOption),
    ...(notes === '' ? [] : ['.PP', ...paragraphs(notes)]),
  ]
}

function describeOption({ flags, description, choices }: DescribedOption): readonly string[] {
  const which = choices.length === 0 ? '' : ` (${choices.join(', ')})`
  return ['.TP', `.B ${text(flags)}`, text(`${description}${which}`)]
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
