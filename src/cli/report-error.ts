import type { RtbridgeError } from '../domain/errors/registry.ts'
import type { CommandContext } from './context.ts'
import { clipText, visibleText } from './visible-text.ts'

/** Causes that are shown, nearest first. */
const maxCauses = 3
/** Characters of a cause that are shown. */
const longestCause = 200

/** Tells on stderr what went wrong: code, message, causes and what to do next; as a JSON object with `--json`. */
export function reportError(error: RtbridgeError, { host, output, globals }: CommandContext): void {
  const causes = describeCauses(error)
  const { code, hint } = error
  if (output.isJson) {
    const body = { version: 1, error: { code, message: error.message, hint, causes } }
    host.stderr.write(`${JSON.stringify(body)}\n`)
    return
  }
  const [first = '', ...more] = error.message.split('\n').map(visibleText)
  const lines = [`${output.styleError('red', 'error')} ${code}: ${first}`, ...more.map(line => `  ${line}`)]
  for (const cause of causes) lines.push(`  cause: ${visibleText(cause)}`)
  lines.push(hint.startsWith('run: ') ? `  try: ${hint.slice(5)}` : `  hint: ${hint}`)
  if ((globals.verbose || code === 'RTB_INTERNAL') && error.cause instanceof Error) {
    lines.push(error.cause.stack ?? '')
  }
  host.stderr.write(`${lines.join('\n')}\n`)
}

/** What lies beneath, unless the message says it already. */
function describeCauses(error: Error): string[] {
  const causes: string[] = []
  let told = error.message
  for (let cause = error.cause; cause instanceof Error && causes.length < maxCauses; cause = cause.cause) {
    // Of a text with a whole statement in it, the end says what was wrong.
    const text = clipText(cause.message.trim().split('\n').at(-1)?.trim() ?? '', longestCause)
    if (text === '' || told.includes(text)) continue
    causes.push(text)
    told += `\n${text}`
  }
  return causes
}
