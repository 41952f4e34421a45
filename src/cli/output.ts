import { styleText } from 'node:util'
import type { Globals } from './global-options.ts'
import type { Host, HostStream } from './host.ts'

export type Style = Parameters<typeof styleText>[0]

/** Where a command writes: data and text for people on stdout, messages on stderr, JSON instead when asked for. */
export interface Output {
  /** True with `--json`: stdout then carries nothing but JSON. */
  readonly isJson: boolean
  /** What happens and what to do next, for people: nothing with `--json` or `--quiet`. */
  say(line: string): void
  /** The answer for people: nothing with `--json`. */
  print(line: string): void
  /** Text that is the data itself, whatever the options. */
  write(text: string): void
  /** The answer for programs, one document on one line: only with `--json`. */
  json(value: object): void
  /** On stderr; nothing with `--quiet`. */
  note(line: string): void
  /** On stderr, always. */
  warn(line: string): void
  /** Colours a text for stdout if that is wanted and possible; the text has to say the same without it. */
  style(style: Style, text: string): string
  styleError(style: Style, text: string): string
}

/** Makes the output of a command. */
export function createOutput({ stdout, stderr, env }: Host, globals: Globals): Output {
  const { json: isJson, quiet } = globals
  const line = (stream: HostStream, text: string) => void stream.write(`${text}\n`)
  const painter = (stream: HostStream) => {
    const colours = wantsColour(stream, env, globals.color)
    return (style: Style, text: string) => (colours ? styleText(style, text) : text)
  }
  const styleError = painter(stderr)
  return {
    isJson,
    say: text => (isJson || quiet ? undefined : line(stdout, text)),
    print: text => (isJson ? undefined : line(stdout, text)),
    write: text => void stdout.write(text),
    json: value => (isJson ? line(stdout, JSON.stringify(value)) : undefined),
    note: text => (quiet ? undefined : line(stderr, text)),
    warn: text => line(stderr, `${styleError('yellow', 'warning:')} ${text}`),
    style: painter(stdout),
    styleError,
  }
}

/** @see https://no-color.org and https://force-color.org */
function wantsColour(stream: HostStream, env: Host['env'], allowed: boolean): boolean {
  if (!allowed || (env['NO_COLOR'] ?? '') !== '') return false
  if ((env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0') return true
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}
