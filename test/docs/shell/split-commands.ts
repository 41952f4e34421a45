import type { Block } from '../pages.ts'

const shells = ['sh', 'bash', 'console']

/** What the pages call, where nothing else says that it is a command: in indented blocks and in sentences. */
const programs = [
  'rtbridge node npm npx git docker python3 curl jq openssl man',
  'psql pg_dump pg_dumpall pg_restore pg_upgrade createdb createuser dropdb dropuser',
  'sudo systemctl journalctl systemd-analyze apt apt-get dpkg useradd userdel deluser',
  'ufw firewall-cmd nft ss ip nc getent ping dig avahi-browse resolvectl',
  'cd export mkdir cp mv rm ls cat tail grep sed tee chmod chown kill',
].flatMap(line => line.split(' '))
const call = new RegExp(`^([A-Z_]+=\\S+ )*(${programs.join('|')}) `)

/** Whether a text begins with a program and goes on; variables for it may stand before it. */
export function callsProgram(text: string): boolean {
  return call.test(text)
}

/** The commands of a block, as a reader would type them; none when it holds something else. */
export function commandsOf({ language, text }: Block): readonly string[] {
  if (shells.includes(language)) return splitCommands(text)
  if (language !== '') return []
  return splitCommands(text).filter(command => callsProgram(command) && !isSynopsis(command))
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
