import type { DescribedCommand, DescribedOption } from './describe-command.ts'

/** A word that can stand at a place, and what it means. */
export interface CompletionWord {
  readonly word: string
  readonly description: string
}

/** What can be completed behind a command. */
export interface CompletionPlace {
  /** `rtbridge token create`. */
  readonly path: string
  readonly words: readonly CompletionWord[]
  /** Options that take a value. */
  readonly valued: readonly DescribedOption[]
}

/** Words of arguments that can be listed: the commands of `help`, the shells of `completion`. */
type ArgumentWords = Readonly<Record<string, readonly CompletionWord[]>>

/** What shells complete, place by place, the program itself first. Options of the program stand at every place. */
export function completionTable(program: DescribedCommand): readonly CompletionPlace[] {
  const listed: ArgumentWords = {
    [`${program.path} help`]: program.commands.map(toWord),
    [`${program.path} completion`]: ['bash', 'zsh', 'fish'].map(word => ({ word, description: '' })),
  }
  return placesOf(program, program.options, listed)
}

function placesOf(
  command: DescribedCommand,
  everywhere: readonly DescribedOption[],
  listed: ArgumentWords,
): readonly CompletionPlace[] {
  const options = [...new Set([...command.options, ...everywhere])]
  const help = { word: '--help', description: 'print the help' }
  const place = {
    path: command.path,
    words: [
      ...command.commands.map(toWord),
      ...(listed[command.path] ?? []),
      ...options.flatMap(({ words, description }) => words.map(word => ({ word, description }))),
      help,
    ],
    valued: options.filter(({ value }) => value !== 'none'),
  }
  return [place, ...command.commands.flatMap(below => placesOf(below, everywhere, listed))]
}

function toWord({ name, description }: DescribedCommand): CompletionWord {
  return { word: name, description }
}

/** A text for a shell of the Bourne family and for fish, in single quotes. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
