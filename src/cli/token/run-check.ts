import type { Identity } from '../../access/identity.ts'
import { reasonOf } from '../../access/refusal.ts'
import { RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { visibleText } from '../visible-text.ts'
import { askRevocations, openChecker } from './open-checker.ts'
import { readToken } from './read-token.ts'

/** Says what a hub with this configuration and database makes of a token. */
export async function runTokenCheck(
  context: CommandContext,
  { file }: { readonly file?: string },
  [argument]: readonly (string | undefined)[],
): Promise<void> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const token = await readToken(context.host, argument, file)
  const known = config.auth.mode === 'open' ? { revocations: [], error: null } : await askRevocations(config)
  if (known.error !== null) {
    output.warn(`whether it is revoked could not be looked up: ${known.error.message}`)
  }
  const checker = await openChecker(config, known)
  try {
    const identity = await checker.authenticate(token, 'local')
    if (checker.mode === 'open') output.warn('auth.mode is open: the hub looks at no token')
    print(context, identity, known.error === null)
  } catch (error) {
    if (!(error instanceof RtbridgeError)) throw error
    throw rtbridgeError('RTB_TOKEN_REFUSED', { code: error.code, reason: reasonOf(error) }, error)
  } finally {
    checker.close()
  }
}

function print({ output }: CommandContext, identity: Identity, isLookedUp: boolean): void {
  const { user, roles, tenant, expiresAt, credential } = identity
  const expires = expiresAt === null ? null : new Date(expiresAt).toISOString()
  const lines = [
    ['user', user ?? '(nobody)'],
    ['roles', roles.length === 0 ? '(none)' : roles.join(', ')],
    ['tenant', tenant ?? '(none)'],
    ['ends', expires ?? 'never'],
    ['revoke as', credential ?? (user === null ? '(not possible)' : `--user ${user}`)],
  ] as const
  output.print(output.style('green', 'accepted'))
  for (const [name, value] of lines) output.print(visibleText(`${name.padEnd(10)} ${value}`))
  output.json({
    version: 1,
    accepted: true,
    user,
    roles,
    tenant,
    expires_at: expires,
    credential,
    revocation_checked: isLookedUp,
  })
}
