import type { Config } from '../../config/config.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import type { TextRow } from '../../database/text-values.ts'
import type { Catalogue } from '../../install/catalogue.ts'

/** Something an administrator should know. */
export interface Finding {
  /** `problem` = changes are lost, or will be; `warning` = it works, but not as well as it could. */
  readonly level: 'warning' | 'problem'
  readonly what: string
  /** A command or SQL that mends it; null when the text says what to do. */
  readonly fix: string | null
}

/** What a check saw. */
export interface Look {
  /** What is well when there is no finding. */
  readonly found: string
  readonly findings?: readonly Finding[]
  /** It could not look; `found` is the reason. */
  readonly skipped?: boolean
}

/** One question that the doctor asks. */
export interface Check {
  /** Stable: programs know it by this. */
  readonly name: string
  /** It looks into the schema rtbridge, and is skipped where that cannot be used. */
  readonly needsSchema: boolean
  /** What it throws is a problem found. */
  readonly look: (sight: Sight) => Look | Promise<Look>
}

/** What checks look at. */
export interface Sight {
  readonly session: AdminSession
  readonly config: Config
  readonly limits: DoctorLimits
  /** The row of `sql/query/inspect_server.sql`. */
  readonly server: TextRow
  /** Tables and triggers, read once. */
  readonly catalogue: () => Promise<Catalogue>
}

/** From where on something is worth a word. */
export interface DoctorLimits {
  /** A transaction open for longer, ms. */
  readonly longTransactionMs: number
  /** A share of the notification queue in use, 0 to 1. */
  readonly queueShare: number
  /** A share of the connections in use, 0 to 1. */
  readonly connectionShare: number
  /** A journal file of more than this and four times of what lives in it, bytes. */
  readonly looseFileBytes: number
  /** Rows that are still there so long after their retention, ms. The guard in the database comes after an hour. */
  readonly overdueMs: number
}

export const defaultDoctorLimits: DoctorLimits = {
  longTransactionMs: 15 * 60_000,
  queueShare: 0.1,
  connectionShare: 0.85,
  looseFileBytes: 256 * 1_048_576,
  overdueMs: 2 * 3_600_000,
}

export function problem(what: string, fix: string | null): Finding {
  return { level: 'problem', what, fix }
}

export function warning(what: string, fix: string | null): Finding {
  return { level: 'warning', what, fix }
}
