import type { EventEmitter } from 'node:events'
import type { Command, Option } from 'commander'

/** An option, as man pages and completions need it. */
export interface DescribedOption {
  /** `-q, --quiet`, `--port <port>`. */
  readonly flags: string
  /** `--quiet`, `-q`: the words that a shell completes. */
  readonly words: readonly string[]
  readonly description: string
  readonly choices: readonly string[]
  /** What is taken without it; null: nothing, or the description says it. */
  readonly fallback: string | null
  /** Takes a value, and of what kind. */
  readonly value: 'none' | 'file' | 'folder' | 'other'
}

/** An argument; its default as that of an option. */
export type DescribedArgument = Pick<DescribedOption, 'description' | 'fallback'> & { readonly name: string }

/** A command of the tree, with those below it. */
export interface DescribedCommand {
  /** `rtbridge token create`. */
  readonly path: string
  readonly name: string
  readonly description: string
  /** `[options] <name>`. */
  readonly usage: string
  readonly arguments: readonly DescribedArgument[]
  readonly options: readonly DescribedOption[]
  readonly commands: readonly DescribedCommand[]
  /** What its help says behind the options. */
  readonly notes: string
}

/** Reads the tree of commands, from which everything that is generated is made. */
export function describeCommand(command: Command, above = ''): DescribedCommand {
  const path = `${above} ${command.name()}`.trim()
  return {
    path,
    name: command.name(),
    description: command.description(),
    usage: command.usage(),
    arguments: command.registeredArguments.map(argument => ({
      name: argument.name(),
      description: argument.description,
      fallback: fallbackOf(argument.defaultValue),
    })),
    options: command.options.filter(({ hidden }) => !hidden).map(describeOption),
    commands: command.commands.map(below => describeCommand(below, path)),
    notes: notesOf(command),
  }
}

function describeOption(option: Option): DescribedOption {
  const { flags, description, argChoices } = option
  return {
    flags,
    words: [option.long, option.short].filter(word => word !== undefined && word !== null),
    description,
    choices: argChoices ?? [],
    fallback: fallbackOf(option.defaultValue),
    value: valueKindOf(flags),
  }
}

/** Of a switch there is nothing to say. */
function fallbackOf(value: unknown): string | null {
  return value === undefined || typeof value === 'boolean' ? null : String(value)
}

function valueKindOf(flags: string): DescribedOption['value'] {
  const [, name] = /[<[]([^>\]]*)[>\]]/.exec(flags) ?? []
  if (name === undefined) return 'none'
  if (name.startsWith('file')) return 'file'
  return name.startsWith('folder') ? 'folder' : 'other'
}

/** The text that `addHelpText('after', …)` adds. */
function notesOf(command: Command): string {
  let text = ''
  // Commands are emitters; their types do not say so.
  const emitter = command as unknown as EventEmitter
  emitter.emit('afterHelp', {
    error: false,
    command,
    write: (part: string) => {
      text += part
    },
  })
  // The first line may be an example, and is indented then.
  return text.replace(/^\n+/, '').trimEnd()
}
