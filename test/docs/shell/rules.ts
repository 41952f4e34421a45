/** Commands that end by themselves in a test only with a reason, each with it. Their words are checked all the same. */
const notRun: readonly (readonly [RegExp, string])[] = [
  [/(^|\| )sudo /, 'it needs root, and changes the machine'],
  [/^(systemctl|journalctl) |^rtbridge service /, 'it needs systemd'],
  [/^npm (ci|test|pack|install|run)\b/, 'it takes minutes; the tests of the package install and build it'],
  [/^pg_(dump|restore) /, 'the PostgreSQL of the tests brings no client programs'],
  [/^rtbridge demo/, 'it starts a PostgreSQL of its own; the tests of the demo run it'],
  [/^rtbridge discover/, 'it speaks to the local network'],
]

/** Commands that stay until they are ended, each with what they say when they have begun. */
const staying: readonly (readonly [RegExp, RegExp])[] = [
  [/^rtbridge serve\b/, /reading the journal from here/],
  [/^rtbridge tail\b/, /following ws/],
  [/^curl -N /, /event: registered/],
  [/^python3 -m http\.server /, /Serving HTTP/],
]

/** Commands that answer with their exit code, each with those that a page may see. */
const answering: readonly (readonly [RegExp, readonly number[]])[] = [
  // 5: no client was given the change.
  [/^rtbridge trace /, [0, 5]],
]

/** The exit codes that say that a command has done what it is for. */
export function codesOf(command: string): readonly number[] {
  return answering.find(([pattern]) => pattern.test(command))?.[1] ?? [0]
}

/** Every reason for which a command is not run. */
export const reasons: readonly string[] = notRun.map(([, reason]) => reason)

/** Why a command is not run by the test of the pages; null when it is run. */
export function whyNotRun(command: string): string | null {
  return notRun.find(([pattern]) => pattern.test(command))?.[1] ?? null
}

/** What a command that stays says when it has begun; null when it ends by itself. */
export function saysWhenBegun(command: string): RegExp | null {
  return staying.find(([pattern]) => pattern.test(command))?.[1] ?? null
}
