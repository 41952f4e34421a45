import { createInterface } from 'node:readline/promises'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { CommandContext } from './context.ts'

/**
 * Has the user confirm what cannot be undone.
 *
 * @param what what will happen, as in "remove the triggers of 4 tables"
 * @param isConfirmed true with `--yes`
 * @throws RTB_COMMAND_UNCONFIRMED for any answer but yes, and where nobody can answer
 */
export async function confirm({ host }: CommandContext, what: string, isConfirmed: boolean): Promise<void> {
  if (isConfirmed) return
  if (host.stdin.isTTY !== true) throw rtbridgeError('RTB_COMMAND_UNCONFIRMED', { what })
  // The question goes to stderr, so that stdout stays for data.
  host.stderr.write(`${what[0]?.toUpperCase()}${what.slice(1)}? Type yes to go on: `)
  const lines = createInterface({ input: host.stdin })
  const answer = await new Promise<string>(resolve => {
    lines.once('line', resolve).once('close', () => resolve(''))
  })
  lines.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw rtbridgeError('RTB_COMMAND_UNCONFIRMED', { what })
}
