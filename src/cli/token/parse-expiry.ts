import { duration } from '../../config/value-kinds.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'

const kind = duration(1_000)
/** Ten years: what is meant to last longer is meant to last for ever. */
const longestMs = 3_650 * 86_400_000

/**
 * Reads how long something lasts.
 * @param command whose option it is, for the hint
 * @returns ms
 * @throws RTB_COMMAND_USAGE
 */
export function parseExpiry(text: string, command: string): number {
  const ms = kind.parse(text)
  if (ms !== undefined && ms <= longestMs) return ms
  const problem = `--expires: expected ${kind.expected}, and at most 3650d`
  throw rtbridgeError('RTB_COMMAND_USAGE', { problem, command, suggestion: null })
}
