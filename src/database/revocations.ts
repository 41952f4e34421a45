import type { Revocation, RevocationKind } from '../domain/auth-settings.ts'
import type { Pool } from './pool.ts'
import { readSql } from './sql-file.ts'

/** The channel on which hubs are told that the list of revocations changed; its payload is empty. */
export const revocationChannel = 'rtbridge_revoked'

/** What is needed of a pool or a session. */
type Queries = Pick<Pool, 'query'>

/**
 * Reads what is revoked in this database, and forgets what has expired.
 * @param revision that is known; null = none
 * @returns null when the list is the known one
 * @throws RTB_DATABASE_*
 */
export async function readRevocations(
  database: Queries,
  revision: string | null,
): Promise<{ readonly revision: string; readonly revocations: readonly Revocation[] } | null> {
  const [row] = await database.query(readSql('query/read_revocations.sql'), [revision])
  if (row?.['has_expired'] === 't') await database.query(readSql('query/prune_revocations.sql'))
  const list = row?.['revocations'] ?? null
  if (list === null) return null
  const revocations = (JSON.parse(list) as StoredRevocation[]).map(entry => ({
    kind: entry.kind,
    subject: entry.subject,
    revokedAt: entry.revoked_at,
    expiresAt: entry.expires_at,
  }))
  return { revision: row?.['revision'] ?? '', revocations }
}

interface StoredRevocation {
  readonly kind: RevocationKind
  readonly subject: string
  readonly revoked_at: number
  readonly expires_at: number | null
}

/** Which revocation: the key's name, the token's id or the user. */
export interface RevocationTarget {
  readonly kind: RevocationKind
  readonly subject: string
}

/**
 * Takes something back, for all hubs of this database.
 * @param expiresAt when it would have expired anyway, ms since the epoch; null = never
 * @throws RTB_DATABASE_*
 */
export async function revoke(
  database: Queries,
  { kind, subject }: RevocationTarget,
  expiresAt: number | null,
): Promise<Revocation> {
  const until = expiresAt === null ? null : new Date(expiresAt).toISOString()
  const [row] = await database.query(readSql('query/revoke.sql'), [kind, subject, until, revocationChannel])
  const expires = row?.['expires_at'] ?? null
  return {
    kind,
    subject,
    revokedAt: Number(row?.['revoked_at']),
    expiresAt: expires === null ? null : Number(expires),
  }
}

/**
 * Takes a revocation back, for all hubs of this database.
 * @returns false when there was none
 * @throws RTB_DATABASE_*
 */
export async function restoreRevoked(
  database: Queries,
  { kind, subject }: RevocationTarget,
): Promise<boolean> {
  const rows = await database.query(readSql('query/restore_revoked.sql'), [kind, subject, revocationChannel])
  return rows.length > 0
}
