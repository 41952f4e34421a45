import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { readCommand } from './processes.ts'

/** A server whose starter has just died needs this long to notice and stop, ms. */
const graceMs = 3_000

/** What a running PostgreSQL writes into its data folder. */
interface ServerLock {
  readonly pid: number
  readonly isReady: boolean
}

/**
 * Reads `postmaster.pid`: the first line is the process, the eighth its state.
 * @returns null when there is none, or it is being written
 */
export async function readServerLock(pgdata: string): Promise<ServerLock | null> {
  const text = await readFile(join(pgdata, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return pid > 0 ? { pid, isReady: lines[7]?.trim() === 'ready' } : null
}

/**
 * Removes a `postmaster.pid` that a crash left behind. PostgreSQL does that by itself only while no process of
 * the same user has taken the number.
 *
 * @throws RTB_DEMO_FOLDER_IN_USE when that server still runs after a grace period
 */
export async function releaseStaleLock(dataDir: string, pgdata: string): Promise<void> {
  const deadline = Date.now() + graceMs
  for (;;) {
    const lock = await readServerLock(pgdata)
    if (lock === null) return
    if (!(await isPostgres(lock.pid))) return rm(join(pgdata, 'postmaster.pid'), { force: true })
    if (Date.now() > deadline) throw rtbridgeError('RTB_DEMO_FOLDER_IN_USE', { dataDir, pid: lock.pid })
    await pause(50)
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  const [program = ''] = (await readCommand(pid)).split(' ')
  return basename(program).startsWith('postgres')
}
