import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** The command line of a process; '' when there is no such process. */
export function readCommand(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    command => command.replaceAll('\0', ' '),
    () => ps(['-o', 'command=', '-p', String(pid)]),
  )
}

/** The process ids of the direct children of a process. */
export async function readChildren(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => null)
  if (text !== null) return text.split(' ').filter(Boolean).map(Number)
  const rows = (await ps(['-A', '-o', 'pid=,ppid='])).split('\n').map(line => line.trim().split(/\s+/))
  return rows.filter(([, parent]) => Number(parent) === pid).map(([child]) => Number(child))
}

/** Sends a signal; nothing happens when the process has ended meanwhile. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** For systems without `/proc`; '' when it fails, as it does for a process that is not there. */
async function ps(args: readonly string[]): Promise<string> {
  return promisify(execFile)('ps', args).then(
    ({ stdout }) => stdout,
    () => '',
  )
}
