import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Runs a client program of PostgreSQL; rejects with what it said when it fails. */
export type PostgresTool = (args: readonly string[], url: string) => Promise<void>

/**
 * Finds a client program that fits a server, where packages of Debian, Red Hat and Homebrew put it. The PostgreSQL from
 * npm brings none.
 * @returns null, with the reason said, when there is none
 */
export async function findPostgresTool(name: string, major: number): Promise<PostgresTool | null> {
  const folder = await findFolder(name, major)
  if (folder !== null) return (args, url) => runTool(join(folder, name), args, url)
  console.info(`no test with ${name}: PostgreSQL ${major}'s client programs are not installed`)
  return null
}

/** All client programs of one version. */
export interface ClientPrograms {
  readonly major: number
  /** The folder that holds them. */
  readonly folder: string
}

/**
 * Finds client programs that fit one of these servers. Newer ones will not do: what their `pg_dump` writes, an older
 * server does not take.
 * @returns null, with the reason said, when there are none
 */
export async function findClientPrograms(majors: readonly number[]): Promise<ClientPrograms | null> {
  for (const major of majors) {
    const folder = await findFolder('pg_dump', major)
    if (folder !== null) return { major, folder }
  }
  console.info(
    `no test with pg_dump: postgresql-client of PostgreSQL ${majors.join(' or ')} is not installed`,
  )
  return null
}

async function findFolder(program: string, major: number): Promise<string | null> {
  const folders = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
  ]
  for (const folder of folders) {
    const exists = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (exists) return folder
  }
  return null
}

async function runTool(program: string, args: readonly string[], url: string): Promise<void> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const env = {
    PATH: process.env['PATH'] ?? '',
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  }
  await promisify(execFile)(program, [...args], { env })
}
