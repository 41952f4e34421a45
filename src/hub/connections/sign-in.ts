import type { AccessRules } from '../../access/access-rules.ts'
import type { Identity } from '../../access/identity.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import type { Client } from './client.ts'

/**
 * Answers `auth`: somebody signs in, or renews his sign-in.
 * @throws RTB_AUTH_* RTB_AUTH_OTHER
 */
export async function authenticate(
  connection: Client,
  message: Extract<ClientMessage, { type: 'auth' }>,
): Promise<void> {
  const identity = await signIn(connection, message.data.token)
  const { user, roles, tenant, expiresAt } = identity
  connection.reply(message, 'authenticated', {
    user,
    roles,
    tenant,
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  })
}

/**
 * Checks a token and makes the connection its owner's.
 * @throws RTB_AUTH_* RTB_AUTH_OTHER
 */
export async function signIn(connection: Client, token: string): Promise<Identity> {
  const { session, context, id, remoteAddress } = connection
  const record = { connection: id, address: remoteAddress, subject: null }
  try {
    const identity = await session.signIn(token)
    context.audit({ ...record, action: 'sign-in', user: identity.user, code: null })
    return identity
  } catch (error) {
    const { code } = toRtbridgeError(error, 'signing in')
    if (isWorthARecord(connection, code)) {
      context.audit({ ...record, action: 'sign-in-failed', user: session.identity?.user ?? null, code })
    }
    throw error
  }
}

const recorded = new WeakSet<Client>()

/** Who is refused without a look is recorded once: a stranger who goes on must not fill the disk with it. */
function isWorthARecord(connection: Client, code: string): boolean {
  if (code !== 'RTB_AUTH_ATTEMPTS') return true
  if (recorded.has(connection)) return false
  recorded.add(connection)
  return true
}

/** True when two identities see the same and may do the same. */
export function hasSameRights(access: AccessRules, one: Identity, other: Identity): boolean {
  return rightsOf(access, one) === rightsOf(access, other)
}

/** What an identity sees and may do, rooms that are asked for left out: the same text means the same. */
export function rightsOf(access: AccessRules, identity: Identity): string {
  return JSON.stringify([access.keyOf(identity), [...identity.roles].sort(), access.roomsOf(identity)])
}
