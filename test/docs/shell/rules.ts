import { canRun } from '../../support/installed-program.ts'

// Where one of these is missing, the commands that need it are left out; that is printed.
const hasJq = canRun('jq', ['--version'], 'commands of the pages that go through jq')
const hasTerminal = canRun('script', ['-qec', 'true', '/dev/null'], 'commands of the pages that ask')
const hasOpenssl = canRun('openssl', ['version'], 'commands of the pages that call openssl')

/** Commands that stay until they are ended, each with what they say when they have begun. */
const staying: readonly (readonly [RegExp, RegExp])[] = [
  [/^rtbridge serve\b/, /reading the journal from here/],
  [/^rtbridge tail\b/, /following ws/],
  [/^curl -N /, /event: registered/],
  [/^node serve\.js$/, /desk=Desk/],
  [/^python3 -m http\.server /, /Serving HTTP/],
]

/** Commands that answer with their exit code, each with those that a page may see. */
const answering: readonly (readonly [RegExp, readonly number[]])[] = [
  // 5: no client was given the change.
  [/^rtbridge trace /, [0, 5]],
]

/** Commands that ask at a terminal whether to go on. */
const asking = /^rtbridge (uninstall-triggers( --config \S+)?|bench --write)$/

/** A command, with the terminal and the answer that it asks for. */
export function answered(command: string): string {
  return asking.test(command) ? `printf 'yes\\n' | script -qec '${command}' /dev/null` : command
}

/** The exit codes that say that a command has done what it is for. */
export function codesOf(command: string): readonly number[] {
  return answering.find(([pattern]) => pattern.test(command))?.[1] ?? [0]
}

/** What a command that stays says when it has begun; null when it ends by itself. */
export function saysWhenBegun(command: string): RegExp | null {
  return staying.find(([pattern]) => pattern.test(command))?.[1] ?? null
}

/** Whether the programs of a command that not every machine has are there. */
export function canBeRun(command: string): boolean {
  if (/\| jq /.test(command)) return hasJq
  if (command.startsWith('openssl ')) return hasOpenssl
  return hasTerminal || !asking.test(command)
}
