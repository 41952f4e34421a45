import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { DataFolder } from './data-folder.ts'
import { findFreePort, isPortFree } from './free-port.ts'
import type { ServerAccount } from './server-account.ts'
import { readServerLock } from './server-lock.ts'
import { readLogSize, readLogTail } from './server-log.ts'
import type { SupervisedProgram } from './supervise.ts'
import { supervise } from './supervise.ts'

/** What {@link launchServer} needs. */
export interface LaunchOptions {
  readonly native: string
  readonly folder: DataFolder
  readonly account: ServerAccount | null
  /** Null = any free port. */
  readonly port: number | null
  /** The port was this server's before: what is left of its killed processes may hold it for a moment. */
  readonly isPortOwn: boolean
  /** Settings as in `postgresql.conf`. */
  readonly settings: Readonly<Record<string, string>>
  /** Longest wait until it accepts connections, crash recovery included, ms. */
  readonly startTimeoutMs: number
}

/** A server that accepts connections. */
export interface LaunchedServer {
  readonly program: SupervisedProgram
  readonly port: number
}

/** What PostgreSQL logs when it gives up for a reason that passes. */
const passing = {
  portTaken: 'Address already in use',
  /** The processes of a killed server need a moment to notice and to let go. */
  memoryInUse: 'pre-existing shared memory block',
  lockHeld: 'lock file "postmaster.pid" already exists',
}

/**
 * Starts PostgreSQL on a folder and waits until it accepts connections.
 *
 * @throws RTB_DEMO_PORT_TAKEN, RTB_DEMO_START_FAILED
 */
export async function launchServer(options: LaunchOptions): Promise<LaunchedServer> {
  const { folder, port: wanted, isPortOwn } = options
  const deadline = Date.now() + options.startTimeoutMs
  for (;;) {
    if (wanted !== null && !(await isPortFree(wanted))) {
      if (!isPortOwn || Date.now() > deadline) throw rtbridgeError('RTB_DEMO_PORT_TAKEN', { port: wanted })
      await pause(20)
      continue
    }
    const port = wanted ?? (await findFreePort())
    const logOffset = await readLogSize(folder.logFile)
    const program = await startProgram(options, port)
    if (await isReady(program, folder.pgdata, deadline)) return { program, port }
    const log = await readLogTail(folder.logFile, logOffset)
    const mayPass = Object.values(passing).some(message => log.includes(message))
    if (!mayPass || Date.now() > deadline) {
      throw rtbridgeError('RTB_DEMO_START_FAILED', { dataDir: folder.dataDir, log })
    }
    await pause(100)
  }
}

function startProgram({ native, folder, account, settings }: LaunchOptions, port: number) {
  // No Unix socket: its path may be too long (107 bytes), and its folder would be one more thing to clean up.
  const fixed = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' }
  const all = Object.entries({ ...settings, ...fixed })
  return supervise({
    file: join(native, 'bin', 'postgres'),
    args: ['-D', folder.pgdata, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    account,
    cwd: '/',
    logFile: folder.logFile,
    signal: folder.isTemporary ? 'QUIT' : 'INT',
    remove: folder.isTemporary ? folder.dataDir : null,
  })
}

/** False when it ended before it was ready; ended by us when the time is up. */
async function isReady(program: SupervisedProgram, pgdata: string, deadline: number): Promise<boolean> {
  while (program.isRunning()) {
    const lock = await readServerLock(pgdata)
    if (lock?.pid === program.pid && lock.isReady) return true
    if (Date.now() > deadline) {
      process.kill(program.pid, 'SIGQUIT')
      await program.exited()
      return false
    }
    await pause(10)
  }
  return false
}
