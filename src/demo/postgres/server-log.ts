import { open } from 'node:fs/promises'

/** Enough for the last dozen messages, bytes. */
const tailBytes = 4_096

/** The end of a log, on one line; from `offset` (bytes) on, where what matters began. '' when there is none. */
export async function readLogTail(logFile: string, offset = 0): Promise<string> {
  const file = await open(logFile).catch(() => null)
  if (file === null) return ''
  try {
    const { size } = await file.stat()
    const from = Math.max(offset, size - tailBytes)
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.max(0, size - from)),
      0,
      size - from,
      from,
    )
    return buffer.toString('utf8', 0, bytesRead).trim().split('\n').join(' | ')
  } finally {
    await file.close()
  }
}

/** Size of a log, bytes; 0 when there is none. */
export async function readLogSize(logFile: string): Promise<number> {
  const file = await open(logFile).catch(() => null)
  if (file === null) return 0
  try {
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}
