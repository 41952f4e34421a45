import type { Block } from '../pages.ts'

const shells = ['sh', 'bash', 'console']

/** What a command begins with where a block is only indented and does not say what it holds. */
const programs =
  /^(rtbridge|npm|npx|node|curl|sudo|systemctl|journalctl|psql|pg_dump|pg_restore|docker|apt|export|cd) /

/** The commands of a block, as a reader would type them; none when it holds something else. */
export function commandsOf({ language, text }: Block): readonly string[] {
  if (shells.includes(language)) return splitCommands(text)
  if (language !== '') return []
  return splitCommands(text).filter(command => programs.test(command) && !isSynopsis(command))
}

/** `rtbridge serve [options]` says what can be typed. */
function isSynopsis(command: string): boolean {
  return command.includes(' [options]')
}

/** Splits a script: a command ends with its line, unless a backslash or a here-document goes on. Comments are left out. */
export function splitCommands(script: string): readonly string[] {
  const commands: string[] = []
  const lines = script.split('\n')
  while (lines.length > 0) {
    let command = withoutComment(lines.shift() ?? '')
    while (command.endsWith('\\')) command += `\n${withoutComment(lines.shift() ?? '')}`
    const [, end] = /<<'?(\w+)'?/.exec(command) ?? []
    if (end !== undefined) command += `\n${takeUntil(lines, end)}`
    if (command.trim() !== '') commands.push(command.replace(/^\$ /, ''))
  }
  return commands
}

function takeUntil(lines: string[], end: string): string {
  const taken = lines.splice(0, lines.indexOf(end) + 1)
  return `${taken.join('\n')}\n`
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s+)# .*$/, '').trimEnd()
}
