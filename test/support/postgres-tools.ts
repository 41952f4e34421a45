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
  const folders = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
  ]
  for (const folder of folders) {
    const program = join(folder, name)
    const exists = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (exists) return (args, url) => runTool(program, args, url)
  }
  console.info(`no test with ${name}: PostgreSQL ${major}'s client programs are not installed`)
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
