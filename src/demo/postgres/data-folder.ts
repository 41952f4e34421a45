import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { OnProgress } from './prepare-postgres.ts'
import { reachableFolders } from './reachable-folders.ts'
import type { ServerAccount } from './server-account.ts'
import { releaseStaleLock } from './server-lock.ts'
import { readLogTail } from './server-log.ts'
import { supervise } from './supervise.ts'

/** Where a cluster lives: `data/` is PostgreSQL's own folder, beside it stand its password and its log. */
export interface DataFolder {
  readonly dataDir: string
  readonly pgdata: string
  readonly logFile: string
  /** Of the superuser `postgres`. */
  readonly password: string
  /** True when nobody asked for it by name: it goes when the server is closed. */
  readonly isTemporary: boolean
}

/** What {@link openDataFolder} needs. */
export interface DataFolderOptions {
  /** The folder to create or to use again; null = a temporary one. */
  readonly dataDir: string | null
  readonly native: string
  readonly major: number
  readonly account: ServerAccount | null
  readonly onProgress: OnProgress
}

/** All that may stand in a folder of ours; `data.new` is what an interrupted initdb left. */
const ownNames = ['data', 'data.new', 'password', 'server.log']

/**
 * Opens a folder with a cluster in it that no server runs on: a new one, or one of an earlier run.
 *
 * @throws RTB_DEMO_FOLDER_FOREIGN, RTB_DEMO_FOLDER_VERSION, RTB_DEMO_FOLDER_IN_USE, RTB_DEMO_INIT_FAILED
 */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const dataDir = await createFolder(options)
  const paths = { dataDir, pgdata: join(dataDir, 'data'), logFile: join(dataDir, 'server.log') }
  const folder = { ...paths, isTemporary: options.dataDir === null }
  const names = await readdir(dataDir)
  if (!names.every(name => ownNames.includes(name)))
    throw rtbridgeError('RTB_DEMO_FOLDER_FOREIGN', { dataDir })
  if (!names.includes('data')) return { ...folder, password: await createCluster(folder, options) }
  const found = (await readFile(join(folder.pgdata, 'PG_VERSION'), 'utf8')).trim()
  if (found !== String(options.major)) {
    throw rtbridgeError('RTB_DEMO_FOLDER_VERSION', { dataDir, found, expected: options.major })
  }
  await releaseStaleLock(dataDir, folder.pgdata)
  return { ...folder, password: await readFile(join(dataDir, 'password'), 'utf8') }
}

async function createFolder({ dataDir, account }: DataFolderOptions): Promise<string> {
  if (dataDir !== null) {
    const path = resolve(dataDir)
    const created = await mkdir(path, { recursive: true, mode: 0o755 })
    if (created !== undefined) await handOver(path, account)
    return path
  }
  const [base = '/tmp'] = await reachableFolders(account)
  const path = await mkdtemp(join(base, 'rtbridge-data-'))
  await handOver(path, account)
  return path
}

/** Runs initdb beside the final name, so that a half-made cluster is never taken for a whole one. */
async function createCluster(
  folder: Omit<DataFolder, 'password'>,
  { native, account, onProgress }: DataFolderOptions,
): Promise<string> {
  onProgress('creating the database')
  const { dataDir, logFile } = folder
  const fresh = join(dataDir, 'data.new')
  await rm(fresh, { recursive: true, force: true })
  await handOver(dataDir, account)
  const password = randomBytes(18).toString('base64url')
  const passwordFile = join(dataDir, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  await handOver(passwordFile, account)
  const initdb = await supervise({
    file: join(native, 'bin', 'initdb'),
    args: initArguments(fresh, passwordFile),
    account,
    cwd: '/',
    logFile,
    signal: 'TERM',
    remove: folder.isTemporary ? dataDir : null,
  })
  if ((await initdb.exited()) !== 0) {
    const output = await readLogTail(logFile)
    if (folder.isTemporary) await rm(dataDir, { recursive: true, force: true })
    throw rtbridgeError('RTB_DEMO_INIT_FAILED', { dataDir, output })
  }
  await rename(fresh, folder.pgdata)
  return password
}

/** A password even on loopback: whoever else works on this machine could else become our user through SQL. */
function initArguments(pgdata: string, passwordFile: string): string[] {
  const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  return [`--pgdata=${pgdata}`, ...access, '--encoding=UTF8', '--locale=C', '--no-sync']
}

async function handOver(path: string, account: ServerAccount | null): Promise<void> {
  if (account !== null) await chown(path, account.uid, account.gid)
}
