import type { BorrowedSession, Pool } from '../database/pool.ts'
import { readSql } from '../database/sql-file.ts'

/** How often it is looked whether somebody waits, ms: as long a writer may be held up. */
const lookEveryMs = 250

/**
 * Looks again and again whether a TRUNCATE or an ALTER TABLE waits for what a session reads: whoever writes waits behind it.
 * Behind a pooler nobody knows which server process it is, and nothing is looked at.
 *
 * @param waitedFor called once
 * @returns ends it
 */
export function watchWaiters(
  { pid, pooled }: Pick<BorrowedSession, 'pid' | 'pooled'>,
  errands: Pick<Pool, 'query'>,
  waitedFor: () => void,
): () => void {
  if (pooled) return () => {}
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const look = async () => {
    // Who cannot be asked now is asked again.
    const [row] = await errands.query(readSql('query/is_waited_for.sql'), [String(pid)]).catch(() => [])
    if (isOver) return
    if (row?.['waited_for'] === 't') waitedFor()
    else wait()
  }
  const wait = () => {
    timer = setTimeout(() => void look(), lookEveryMs)
  }
  wait()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
