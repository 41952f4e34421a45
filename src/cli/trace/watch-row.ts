import type { AdminSession } from '../../database/admin-session.ts'
import type { TextRow } from '../../database/text-values.ts'
import { readNewestChanges } from '../changes/newest-changes.ts'

/** Looks for changes of a row that were not there before. */
export interface RowWatch {
  /** True when there are some since the last call, or since it was made. */
  hasNew(): Promise<boolean>
}

export interface WatchedRow {
  readonly table: { readonly schema: string; readonly name: string }
  readonly key: readonly string[]
}

/** That many changes of one row in between are told apart. */
const limit = 1_000

/**
 * Begins to watch a row: what is in the journal now is known. Each look reads only what transactions wrote that had not ended
 * at the look before, so that a large journal costs nothing.
 */
export async function watchRow(session: AdminSession, row: WatchedRow): Promise<RowWatch> {
  let from = await oldestInProgress(session)
  const read = () => readNewestChanges(session, { ...row, limit, from })
  let known = new Set((await read()).changes.map(({ seq }) => seq))
  return {
    async hasNew() {
      const next = await oldestInProgress(session)
      const { changes } = await read()
      const isNew = changes.some(({ seq }) => !known.has(seq))
      known = new Set(changes.map(({ seq }) => seq))
      from = next
      return isNew
    },
  }
}

async function oldestInProgress({ query }: AdminSession): Promise<string> {
  const [row]: TextRow[] = await query('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid')
  return row?.['xid'] ?? '0'
}
