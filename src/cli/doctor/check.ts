import type { Config } from '../../config/config.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import type { TextRow } from '../../database/text-values.ts'
import type { Catalogue } from '../../install/catalogue.ts'
import type { HubStatus } from '../status/read-status.ts'

/** Something an administrator should know. */
export interface Finding {
  /** `problem` = changes are lost, or will be; `warning` = it works, but not as well as it could. */
  readonly level: 'warning' | 'problem'
  readonly what: string
  /** A command or SQL that mends it; null when the text says what to do. */
  readonly fix: string | null
  /** What `--fix` may do about it: nothing of it can harm. */
  readonly repair?: Repair
}

/** Something that `rtbridge doctor --fix` does itself. */
export type Repair =
  /** Puts triggers of configured tables into order, as `install-triggers` does. */
  | { readonly kind: 'recapture' }
  /** Deletes what is past the journal's own limits, as every hub does. */
  | { readonly kind: 'prune' }
  /** Takes a key of ours away from other users. */
  | { readonly kind: 'chmod'; readonly path: string }

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

/** A question about this machine and its hub; the database need not be there. */
export interface MachineCheck {
  readonly name: string
  readonly look: (place: Place) => Look | Promise<Look>
}

/** Where the doctor was called, and how its configuration came about. */
export interface World {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The configuration file, absolute; null when there is none. */
  readonly path: string | null
  readonly tried: readonly string[]
  /** What in it is probably not meant. */
  readonly warnings: readonly string[]
  /** The hub that asks, where it is the hub itself; it need not be called over the network. */
  readonly self?: HubStatus
}

/** What checks of the machine look at. */
export interface Place extends World {
  readonly config: Config
  readonly limits: DoctorLimits
  /** The hub of the configuration on this machine, asked once; null when its port is not known. */
  readonly hub: () => Promise<HubStatus | null>
}

/** What checks of the database look at. */
export interface Sight extends Place {
  readonly session: AdminSession
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
  /** Clocks that differ by more, ms. */
  readonly clockMs: number
  /** Less free space on a disk, bytes. */
  readonly freeBytes: number
  /** A notification that takes longer to come back is lost, ms. */
  readonly doorbellMs: number
  /** Hubs without a sentinel are waited for, ms. */
  readonly sentinelMs: number
}

export const defaultDoctorLimits: DoctorLimits = {
  longTransactionMs: 15 * 60_000,
  queueShare: 0.1,
  connectionShare: 0.85,
  looseFileBytes: 256 * 1_048_576,
  overdueMs: 2 * 3_600_000,
  clockMs: 2_000,
  freeBytes: 512 * 1_048_576,
  doorbellMs: 3_000,
  sentinelMs: 2_000,
}

export function problem(what: string, fix: string | null, repair?: Repair): Finding {
  return { level: 'problem', what, fix, ...(repair === undefined ? {} : { repair }) }
}

export function warning(what: string, fix: string | null, repair?: Repair): Finding {
  return { level: 'warning', what, fix, ...(repair === undefined ? {} : { repair }) }
}
