import { aDecade, duration } from '../../config/value-kinds.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'

/** What is meant to last longer than the longest is meant to last for ever. */
const kind = duration(1_000, aDecade)

/**
 * Reads how long something lasts.
 * @param command whose option it is, for the hint
 * @returns ms
 * @throws RTB_COMMAND_USAGE
 */
export function parseExpiry(text: string, command: string): number {
  const ms = kind.parse(text)
  if (ms !== undefined) return ms
  const problem = `--expires: expected ${kind.expected}`
  throw rtbridgeError('RTB_COMMAND_USAGE', { problem, command, suggestion: null })
}
