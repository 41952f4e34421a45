import type { AuthSettings } from '../domain/auth-settings.ts'
import { RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'
import { AdminSessions } from './admin-sessions.ts'
import { type Authenticator, maxTokenLength, openAuthenticator } from './authenticator.ts'
import { FailedAttempts } from './failed-attempts.ts'
import type { Identity } from './identity.ts'
import { openKeySet } from './jwt/open-key-set.ts'
import { decideMode } from './open-hosts.ts'
import { type Refusal, reasonOf, refusal } from './refusal.ts'
import type { RevocationList } from './revocation-list.ts'
import { createKeyLookup, keyPrefix } from './shared-keys.ts'
import { TicketOffice } from './ticket-office.ts'

export interface AuthenticatorDeps {
  /** Address or name the hub listens on: what may be open depends on it. */
  readonly host: string
  /** What is revoked. The caller refreshes and closes it. */
  readonly revocations: RevocationList
  /** Ms since the epoch. */
  readonly now: () => number
  /** Ms, rising, whatever becomes of the clock. */
  readonly uptime: () => number
  /** Addresses that stand for many clients: wrong tokens of one must not lock the others out. Default: none. */
  readonly isShared?: (address: string) => boolean
  /** Told of every token that is refused, and of trouble with the keys of an issuer. Neither holds a token. */
  readonly onRefused: (refusal: Refusal) => void
  readonly onKeyTrouble: (error: unknown) => void
  /** How long a token waits for the first reading of what is revoked, ms; default 4,000. */
  readonly patienceMs?: number
}

/** How long a link to the dashboard waits to be used, ms. */
const linkMs = 10 * 60_000

/** An authenticator with what it owns. */
export interface OpenedAuthenticator extends Authenticator {
  /** Nothing was written about who may connect, and only this machine can. */
  readonly isAssumed: boolean
  /** Whether a token, not only a ticket, may stand in the URL. */
  readonly allowTokenInUrl: boolean
  readonly tickets: TicketOffice
  /** Lets admins into the dashboard by a link. */
  readonly sessions: AdminSessions
  close(): void
}

/**
 * Makes the authenticator of a configuration.
 * @throws RTB_AUTH_UNDECIDED, RTB_AUTH_OPEN_PUBLIC, RTB_AUTH_KEY_UNUSABLE
 */
export async function createAuthenticator(
  settings: AuthSettings,
  deps: AuthenticatorDeps,
): Promise<OpenedAuthenticator> {
  const { mode, assumed } = await decideMode(settings.mode, deps.host)
  const attempts = new FailedAttempts({
    limit: settings.failedAttempts,
    now: deps.uptime,
    ...(deps.isShared === undefined ? {} : { isShared: deps.isShared }),
  })
  const isRevoked = (identity: Identity) => deps.revocations.isRevoked(identity)
  const tickets = new TicketOffice({ now: deps.now, uptime: deps.uptime, isRevoked, attempts })
  const links = new TicketOffice({ now: deps.now, uptime: deps.uptime, isRevoked, attempts, validMs: linkMs })
  const sessions = new AdminSessions({ links, now: deps.now })
  const common = { isAssumed: assumed, allowTokenInUrl: settings.allowTokenInUrl, tickets, sessions }
  if (mode === 'open') return { ...openAuthenticator, ...common, close: () => {} }
  const { identify, close } = await openIdentifier({ ...settings, mode }, deps)
  return {
    ...common,
    mode,
    authenticate: async (token, address) =>
      // It is nothing that could be revoked, and is wanted most while the database is away.
      sessions.find(token) ?? authenticate(token, address, { identify, attempts, deps }),
    isRevoked,
    onRevoked: listener => deps.revocations.onChange(listener),
    close,
  }
}

type Identify = (token: string) => Promise<Identity>

/** What is asked of a token: is it a key, is it a JWT. */
async function openIdentifier(
  settings: AuthSettings,
  deps: Pick<AuthenticatorDeps, 'now' | 'uptime' | 'onKeyTrouble'>,
): Promise<{ identify: Identify; close: () => void }> {
  const findKey = createKeyLookup(settings.keys)
  const identifyKey: Identify = async token => {
    const found = findKey(token)
    if (found === null) throw refusal('RTB_AUTH_INVALID', 'no configured key has its hash')
    return found
  }
  if (settings.mode !== 'jwt' || settings.jwt === null) return { identify: identifyKey, close: () => {} }
  const remote = { now: deps.uptime, onError: deps.onKeyTrouble }
  const keys = await openKeySet(settings.jwt.source, remote)
  // Loaded here: a hub without tokens need not wait for it.
  const { createJwtVerifier } = await import('./jwt/jwt-verifier.ts')
  const verify = createJwtVerifier(settings.jwt, keys, deps.now)
  return {
    identify: token => (token.startsWith(keyPrefix) ? identifyKey(token) : verify(token)),
    close: () => keys.close(),
  }
}

interface Means {
  readonly identify: Identify
  readonly attempts: FailedAttempts
  readonly deps: AuthenticatorDeps
}

async function authenticate(token: string, address: string, means: Means): Promise<Identity> {
  const { identify, attempts, deps } = means
  try {
    attempts.check(address)
    if (token === '') throw rtbridgeError('RTB_AUTH_REQUIRED', {})
    if (token.length > maxTokenLength)
      throw refusal('RTB_AUTH_INVALID', `it is longer than ${maxTokenLength} characters`)
    const identity = await identify(token)
    await waitForRevocations(deps)
    if (deps.revocations.isRevoked(identity))
      throw refusal('RTB_AUTH_REVOKED', 'it is on the list of what is revoked')
    return identity
  } catch (error) {
    if (error instanceof RtbridgeError) {
      // What is signed well and expired or revoked is no guess.
      if (error.code === 'RTB_AUTH_INVALID') attempts.add(address)
      deps.onRefused({ code: error.code, reason: reasonOf(error), address })
    }
    throw error
  }
}

/** Until the list was read once, nobody can tell what is on it, and it is safer to have clients come again. */
async function waitForRevocations({ revocations, patienceMs = 4_000 }: AuthenticatorDeps): Promise<void> {
  if (revocations.isLoaded) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, patienceMs)
  })
  await Promise.race([revocations.loaded, late])
  clearTimeout(timer)
  if (!revocations.isLoaded) {
    throw rtbridgeError('RTB_AUTH_UNAVAILABLE', {}, new Error('what is revoked was not read yet'))
  }
}
