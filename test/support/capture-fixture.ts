import { onTestFinished } from 'vitest'
import { Capture, type CaptureOptions } from '../../src/capture/capture.ts'
import { TableRegistry } from '../../src/capture/table-registry.ts'
import type { DatabaseOptions } from '../../src/database/connection-settings.ts'
import type { Change } from '../../src/domain/change.ts'
import type { Cursor, GapReason } from '../../src/domain/cursor.ts'
import { checkSchema } from '../../src/install/check-schema.ts'
import { waitFor } from './wait-for.ts'

/** How rtbridge reaches a test database. */
export function adminOptions(url: string): DatabaseOptions {
  return { url, connectTimeoutMs: 5_000, answerTimeoutMs: 10_000 }
}

/** A running capture that keeps what it delivers. */
export interface TestCapture {
  readonly capture: Capture
  /** Everything delivered, in order. */
  readonly changes: Change[]
  /** Every checkpoint, in order, with the number of changes before it. */
  readonly checkpoints: { readonly cursor: Cursor; readonly after: number }[]
  /** Positions it started from, and why when after a gap. */
  readonly starts: { readonly cursor: Cursor; readonly gap: GapReason | null }[]
  /** `live`, or the code of what was wrong, in order. */
  readonly states: string[]
  /** Waits until this many changes were delivered. */
  received(count: number, timeoutMs?: number): Promise<Change[]>
  close(): Promise<void>
}

/** Starts capturing; resolves when the journal is read. Closed after the test. */
export async function openTestCapture(
  url: string,
  options: Partial<CaptureOptions> = {},
): Promise<TestCapture> {
  const changes: Change[] = []
  const checkpoints: TestCapture['checkpoints'] = []
  const starts: TestCapture['starts'] = []
  const states: string[] = []
  const capture = new Capture({
    database: adminOptions(url),
    doorbell: true,
    pacingMs: 5,
    safetyReadMs: 1_000,
    fence: true,
    channels: [],
    registry: new TableRegistry(),
    random: Math.random,
    checkSchema,
    onStart: (cursor, gap) => starts.push({ cursor, gap }),
    onBatch: batch => {
      changes.push(...batch.changes)
      if (batch.cursor.inBatch === null) checkpoints.push({ cursor: batch.cursor, after: changes.length })
    },
    onNotification: () => {},
    onState: state => states.push(state.live ? 'live' : state.error.code),
    ...options,
  })
  onTestFinished(() => capture.close())
  await waitFor(() => states.includes('live'), { message: () => `the capture was live; states: ${states}` })
  return {
    capture,
    changes,
    checkpoints,
    starts,
    states,
    async received(count, timeoutMs) {
      const message = () => `${count} changes came; there are ${changes.length}`
      await waitFor(() => changes.length >= count, { timeoutMs, message })
      return changes
    },
    close: () => capture.close(),
  }
}
