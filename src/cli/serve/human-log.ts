import type { Output, Style } from '../output.ts'
import { visibleText } from '../visible-text.ts'

const colours: Readonly<Record<string, Style>> = { warn: 'yellow', error: 'red', fatal: 'red' }
/** Fields with a place of their own in the line. */
const placed: readonly string[] = ['level', 'time', 'msg', 'err']

/**
 * Makes log lines readable on a terminal: `14:03:07 warn  capture: database away, retrying …`. Elsewhere they stay JSON.
 * @param write takes one line, without its end
 */
export function createHumanLog(
  write: (line: string) => void,
  style: Output['styleError'],
): { write(json: string): void } {
  return {
    write: json => {
      const entry = JSON.parse(json) as Record<string, unknown>
      const level = String(entry['level'])
      const time = new Date(String(entry['time'])).toTimeString().slice(0, 8)
      const label = style(colours[level] ?? 'dim', level.padEnd(5))
      const part = typeof entry['part'] === 'string' ? `${entry['part']}: ` : ''
      write(`${style('dim', time)} ${label} ${visibleText(`${part}${entry['msg']}${describeFields(entry)}`)}`)
    },
  }
}

function describeFields(entry: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(entry)
    .filter(([name, value]) => !placed.includes(name) && name !== 'part' && value !== null)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return fields.join('') + describeError(entry['err'])
}

function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { code, message, hint } = error as Readonly<Record<string, unknown>>
  return ` — ${code ?? 'error'}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}
