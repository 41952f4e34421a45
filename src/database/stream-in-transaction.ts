import type { RowStream } from './row-stream.ts'

export interface TransactionSteps {
  readonly begin: () => Promise<unknown>
  /** Starts the statement; called once, inside the transaction. */
  readonly open: () => RowStream
  readonly end: () => Promise<unknown>
}

/** A stream with a transaction of its own around it, begun with the first read. */
export function streamInTransaction({ begin, open, end }: TransactionSteps): RowStream {
  let opened: Promise<RowStream> | null = null
  let running: RowStream | null = null
  return {
    async read(count, bytes) {
      opened ??= begin().then(open)
      running = await opened
      return running.read(count, bytes)
    },
    get isOver() {
      return running?.isOver ?? false
    },
    async close() {
      const stream = await opened?.catch(() => null)
      await stream?.close()
      // It has read only. When its end fails the session is broken, which the next statement reports.
      if (opened !== null) await end().catch(() => {})
    },
  }
}
