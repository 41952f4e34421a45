import type { Revocation, SharedKey } from '../../domain/auth-settings.ts'
import { counted } from '../../domain/counted.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { visibleText } from '../visible-text.ts'
import { askRevocations } from './open-checker.ts'

/** Lists the configured keys and everything that is revoked in the database. */
export async function runList(context: CommandContext): Promise<void> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const { mode, keys } = config.auth
  const known = await askRevocations(config)
  if (known.error !== null) output.warn(`what is revoked could not be looked up: ${known.error.message}`)
  const revoked = known.revocations ?? []
  output.print(
    `mode ${mode ?? '(not set)'}, ${counted(keys.length, 'key')}, ${counted(revoked.length, 'revocation')}`,
  )
  for (const key of keys) output.print(visibleText(describeKey(key, revoked)))
  for (const entry of revoked) output.print(visibleText(describeRevocation(entry)))
  output.json({
    version: 1,
    mode,
    keys: keys.map(({ name, user, roles, tenant }) => ({ name, user, roles, tenant })),
    revocations: known.revocations?.map(toJson) ?? null,
  })
}

function describeKey({ name, user, roles, tenant }: SharedKey, revoked: readonly Revocation[]): string {
  const isRevoked = revoked.some(
    ({ kind, subject }) => (kind === 'key' && subject === name) || (kind === 'user' && subject === user),
  )
  const parts = [
    user === name ? '' : `for ${user}`,
    roles.length === 0 ? 'no roles' : `roles ${roles.join(', ')}`,
    tenant === null ? '' : `tenant ${tenant}`,
    isRevoked ? 'REVOKED' : '',
  ]
  return `key ${name}: ${parts.filter(part => part !== '').join('; ')}`
}

/** One revocation in a line. */
export function describeRevocation({ kind, subject, revokedAt, expiresAt }: Revocation): string {
  const until = expiresAt === null ? '' : `, forgotten ${new Date(expiresAt).toISOString()}`
  return `revoked ${kind} ${subject}: since ${new Date(revokedAt).toISOString()}${until}`
}

/** One revocation for programs. */
export function toJson({ kind, subject, revokedAt, expiresAt }: Revocation): object {
  return {
    kind,
    subject,
    revoked_at: new Date(revokedAt).toISOString(),
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }
}
