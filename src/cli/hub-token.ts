import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Host } from './host.ts'

/** The variable that holds the token a command shows to a hub. */
export const tokenVariable = 'RTBRIDGE_TOKEN'

/**
 * What a command shows to a hub that asks who is there: the content of a file, else `RTBRIDGE_TOKEN`; null when there is
 * neither. Not an option of its own: what stands on a command line can be read by every user of the machine.
 * @throws RTB_COMMAND_TOKEN
 */
export function readHubToken(
  { env, cwd }: Pick<Host, 'env' | 'cwd'>,
  file: string | undefined,
): string | null {
  if (file === undefined) return nonEmpty(env[tokenVariable] ?? '')
  let text: string
  try {
    text = readFileSync(resolve(cwd, file), 'utf8')
  } catch (error) {
    throw rtbridgeError('RTB_COMMAND_TOKEN', { file }, error)
  }
  const token = nonEmpty(text)
  if (token === null) throw rtbridgeError('RTB_COMMAND_TOKEN', { file })
  return token
}

function nonEmpty(text: string): string | null {
  const token = text.trim()
  return token === '' ? null : token
}
