import { createAuthenticator, type OpenedAuthenticator } from '../../access/create-authenticator.ts'
import { RevocationList } from '../../access/revocation-list.ts'
import type { Config } from '../../config/config.ts'
import { readRevocations } from '../../database/revocations.ts'
import type { Revocation } from '../../domain/auth-settings.ts'
import { type RtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import { withSession } from '../context.ts'

/** What is revoked, as far as a command can tell. */
export type KnownRevocations =
  | { readonly revocations: readonly Revocation[]; readonly error: null }
  | { readonly revocations: null; readonly error: RtbridgeError }

/** Asks the database what is revoked; one that does not answer is told of, and is no reason to stop. */
export async function askRevocations(config: Config): Promise<KnownRevocations> {
  try {
    const found = await withSession(config, session => readRevocations(session, null))
    return { revocations: found?.revocations ?? [], error: null }
  } catch (error) {
    return { revocations: null, error: toRtbridgeError(error, 'reading what is revoked') }
  }
}

/**
 * An authenticator that judges as a hub with this configuration does.
 * @throws RTB_AUTH_UNDECIDED, RTB_AUTH_OPEN_PUBLIC, RTB_AUTH_KEY_UNUSABLE
 */
export async function openChecker(
  config: Config,
  { revocations }: KnownRevocations,
): Promise<OpenedAuthenticator> {
  const list = new RevocationList({
    read: () => Promise.resolve({ revision: '0', revocations: revocations ?? [] }),
    everyMs: 3_600_000,
    now: Date.now,
    onError: () => {},
  })
  await list.refresh()
  list.close()
  return createAuthenticator(config.auth, {
    host: config.hub.host,
    revocations: list,
    now: Date.now,
    uptime: () => performance.now(),
    onRefused: () => {},
    // The error of the token says that the keys are away.
    onKeyTrouble: () => {},
  })
}
