import { readFile } from 'node:fs/promises'
import type { AuthSettings, JwtSettings, SharedKey } from '../domain/auth-settings.ts'
import type { Identity } from './identity.ts'

/** What identities were made from: the keys of a configuration, and what its tokens are checked with. */
export interface CredentialBasis {
  readonly keys: ReadonlyMap<string, SharedKey>
  /** Equal texts: a token is taken or refused, and says the same, by both. */
  readonly tokens: string
}

/** Of an identity, by another configuration: the same as before, with other rights perhaps, or nobody's any more. */
export type Standing = 'same' | 'changed' | 'gone'

/** Reads what a configuration makes identities from, files of keys included. A file that cannot be read counts as empty. */
export async function readCredentialBasis(settings: AuthSettings): Promise<CredentialBasis> {
  return {
    keys: new Map(settings.keys.map(key => [`key:${key.name}`, key])),
    tokens: settings.jwt === null ? '' : JSON.stringify([settings.jwt, await contentOf(settings.jwt)]),
  }
}

async function contentOf({ source }: JwtSettings): Promise<string> {
  return 'path' in source ? readFile(source.path, 'utf8').catch(() => '') : ''
}

/** How an identity that was made under one basis stands under another. */
export function standingOf(identity: Identity, before: CredentialBasis, after: CredentialBasis): Standing {
  const { credential } = identity
  const key = credential === null ? undefined : before.keys.get(credential)
  if (key === undefined) return before.tokens === after.tokens ? 'same' : 'changed'
  const now = after.keys.get(credential ?? '')
  if (now === undefined || now.hash !== key.hash) return 'gone'
  return JSON.stringify(now) === JSON.stringify(key) ? 'same' : 'changed'
}
