import { readFile } from 'node:fs/promises'
import type { JwtKeySource } from '../../domain/auth-settings.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type KeySet, RemoteKeys, type RemoteKeysOptions } from './remote-keys.ts'
import { keysOfJwks, publicKeyOfPem, secretKey, type VerificationKey } from './verification-key.ts'

/**
 * Opens the keys that tokens are checked with. A file is read once; an URL is asked when the first token comes.
 * @throws RTB_AUTH_KEY_UNUSABLE
 */
export async function openKeySet(
  source: JwtKeySource,
  remote: Pick<RemoteKeysOptions, 'now' | 'onError'>,
): Promise<KeySet> {
  switch (source.kind) {
    case 'secret':
      return fixedKeys([secretKey('auth.jwt.secret', source.secret)])
    case 'secret_file': {
      const text = await readKeyFile(source.path)
      return fixedKeys([secretKey(source.path, text.replace(/\r?\n$/, ''))])
    }
    case 'public_key_file':
      return fixedKeys([publicKeyOfPem(source.path, await readKeyFile(source.path))])
    case 'jwks_file':
      return fixedKeys(keysOfJwks(source.path, await readKeyFile(source.path)))
    case 'jwks_url':
      return new RemoteKeys({ url: source.url, ...remote })
  }
}

function fixedKeys(keys: readonly VerificationKey[]): KeySet {
  const read = () => Promise.resolve(keys)
  return { read, lookAgain: read, close: () => {} }
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const problem = `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`
    throw rtbridgeError('RTB_AUTH_KEY_UNUSABLE', { source: path, problem }, error)
  }
}
