import { rtbridgeError } from './errors/registry.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * "Everything up to here": the snapshot of the last complete read. Inside a batch that is too big for one frame it
 * also names the batch: the snapshot it reads up to, and the last `seq` that was delivered of it.
 */
export interface Cursor {
  /** Where it came from, 16 hex digits: {@link historyOf} and {@link serverRunOf} tell its two halves. */
  readonly incarnation: string
  readonly snapshot: Snapshot
  /** Null at a checkpoint. */
  readonly inBatch: { readonly upTo: Snapshot; readonly seq: bigint } | null
}

/**
 * Identity of the history that an incarnation names, 8 hex digits: of this database, until it is restored elsewhere or
 * another server is promoted. It is part of event ids, which are the same whenever an event is delivered.
 */
export function historyOf(incarnation: string): string {
  return incarnation.slice(0, 8)
}

/** The run of the server in which an incarnation was given out, 8 hex digits: from one start of it to the next. */
export function serverRunOf(incarnation: string): string {
  return incarnation.slice(8)
}

/** Why a cursor cannot be continued from; the client has to reload. */
export type GapReason =
  /** The journal no longer holds what came after it. */
  | 'retention'
  /** The triggers of a captured table were off for a while after it: what was changed then is in no journal. */
  | 'capture'
  /** Restore, failover or another database: its transaction ids mean nothing here. */
  | 'incarnation'
  /** Not a token of rtbridge, damaged, or of a newer version. */
  | 'unreadable'
  /** It speaks of transactions that have not happened here. */
  | 'future'

/** Thrown where a cursor is read from, when it cannot be continued; the client is told `gap` with the reason. */
export class CursorGap extends Error {
  readonly reason: GapReason

  constructor(reason: GapReason) {
    super(`the cursor cannot be continued: ${reason}`)
    this.name = 'CursorGap'
    this.reason = reason
  }
}

/** A token longer than this is refused before it is decoded, characters. */
export const maxTokenLength = 16_384
/** A snapshot with more transactions in progress is kept as its xmin: a resume then repeats events, and loses none. */
export const maxTokenTransactions = 1_000

const prefix = 'v1.'
/** Of a number of 64 bits. */
const longestNumber = 10
/** Where tokens are written: one is made for each batch. */
const scratch = Buffer.alloc(8 + 2 * (2 + maxTokenTransactions) * longestNumber + longestNumber)
const maxSafe = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Writes a cursor as an opaque, url-safe token: version, then base64url of incarnation and LEB128 numbers.
 * Its length is bounded by {@link maxTokenTransactions}.
 */
export function formatCursor({ incarnation, snapshot, inBatch }: Cursor): string {
  scratch.write(incarnation, 'hex')
  let end = putSnapshot(8, snapshot)
  if (inBatch !== null) end = putNumber(putSnapshot(end, inBatch.upTo), inBatch.seq)
  return prefix + scratch.toString('base64url', 0, end)
}

/**
 * Reads a token of {@link formatCursor}. The content is untrusted: sizes and ranges are checked here, nothing of it
 * reaches SQL unparsed.
 *
 * @throws RTB_CURSOR_UNREADABLE
 */
export function parseCursor(token: string): Cursor {
  if (token.length > maxTokenLength || !/^v1\.[A-Za-z0-9_-]+$/.test(token)) throw unreadable()
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url')
  if (bytes.length < 10) throw unreadable()
  const input = { bytes, at: 8 }
  const snapshot = takeSnapshot(input)
  const inBatch = input.at === bytes.length ? null : { upTo: takeSnapshot(input), seq: takeNumber(input) }
  if (input.at !== bytes.length) throw unreadable()
  return { incarnation: bytes.subarray(0, 8).toString('hex'), snapshot, inBatch }
}

/** True when both cursors name the same position of the same history. */
export function sameCursor(a: Cursor, b: Cursor): boolean {
  return a === b || formatCursor(a) === formatCursor(b)
}

function unreadable() {
  return rtbridgeError('RTB_CURSOR_UNREADABLE', {})
}

function putSnapshot(at: number, snapshot: Snapshot): number {
  const whole = snapshot.xip.length <= maxTokenTransactions
  const xmax = whole ? snapshot.xmax : (snapshot.xip[0] ?? snapshot.xmax)
  const xip = whole ? snapshot.xip : []
  let end = putNumber(putNumber(at, xmax), BigInt(xip.length))
  let previous = xmax
  for (const xid of xip.toReversed()) {
    end = putNumber(end, previous - xid)
    previous = xid
  }
  return end
}

/** @returns where it ends */
function putNumber(at: number, value: bigint): number {
  let end = at
  // Numbers are quicker, and an id is one for the first hundred years.
  let rest = value
  for (; rest > maxSafe; rest >>= 7n) scratch[end++] = Number(rest & 0x7fn) | 0x80
  let small = Number(rest)
  for (; small > 0x7f; small = Math.floor(small / 0x80)) scratch[end++] = (small & 0x7f) | 0x80
  scratch[end++] = small
  return end
}

interface Input {
  readonly bytes: Buffer
  at: number
}

function takeSnapshot(input: Input): Snapshot {
  const xmax = takeNumber(input)
  const count = takeNumber(input)
  if (count > BigInt(maxTokenTransactions)) throw unreadable()
  const xip: bigint[] = []
  let previous = xmax
  for (let i = 0n; i < count; i++) {
    const step = takeNumber(input)
    previous -= step
    if (step === 0n || previous <= 0n) throw unreadable()
    xip.push(previous)
  }
  // PostgreSQL never gives out a transaction id whose lower half is 0, and refuses a snapshot that begins or ends there.
  if (isUnassignable(xmax) || isUnassignable(previous)) throw unreadable()
  return { xmax, xip: xip.reverse() }
}

function isUnassignable(xid: bigint): boolean {
  return BigInt.asUintN(32, xid) === 0n
}

function takeNumber(input: Input): bigint {
  let value = 0n
  for (let shift = 0n; shift < 63n; shift += 7n) {
    const byte = input.bytes[input.at++]
    if (byte === undefined) throw unreadable()
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw unreadable()
}
