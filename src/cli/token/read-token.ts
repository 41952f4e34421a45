import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Host } from '../host.ts'

/** What is longer is no token, bytes; the hub takes far less. */
const maxBytes = 1_048_576

/**
 * Reads a token: the argument, else a file, else standard input.
 * @param argument `-` and nothing mean standard input
 * @throws RTB_TOKEN_MISSING
 */
export async function readToken(
  host: Pick<Host, 'stdin' | 'cwd'>,
  argument: string | undefined,
  file: string | undefined,
): Promise<string> {
  const text =
    argument !== undefined && argument !== '-'
      ? argument
      : file !== undefined && file !== '-'
        ? await readTokenFile(resolve(host.cwd, file))
        : await readInput(host.stdin)
  const token = text.trim()
  if (token === '') throw rtbridgeError('RTB_TOKEN_MISSING', {})
  return token
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw rtbridgeError('RTB_TOKEN_MISSING', {}, error)
  }
}

async function readInput(stdin: Host['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes) break
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
