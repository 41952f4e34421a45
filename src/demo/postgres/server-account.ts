import { readFile } from 'node:fs/promises'
import { rtbridgeError } from '../../domain/errors/registry.ts'

/** The system user a server runs as, when that is not the user of this process. */
export interface ServerAccount {
  readonly uid: number
  readonly gid: number
}

/** In order of preference. */
const candidates = ['postgres', 'nobody']

/**
 * Chooses the user PostgreSQL runs as: it refuses root, so root hands it to an unprivileged system user.
 *
 * @returns null when this process is not root: the server then runs as the same user
 * @throws RTB_DEMO_NO_ACCOUNT
 */
export async function chooseServerAccount(): Promise<ServerAccount | null> {
  if (process.getuid?.() !== 0) return null
  const passwd = await readFile('/etc/passwd', 'utf8')
  for (const name of candidates) {
    const account = findAccount(passwd, name)
    if (account !== null) return account
  }
  throw rtbridgeError('RTB_DEMO_NO_ACCOUNT', { tried: candidates })
}

/** Reads one user of a `passwd` file (`name:x:uid:gid:…`); null when it has none of that name, or it is root. */
export function findAccount(passwd: string, name: string): ServerAccount | null {
  const fields = passwd
    .split('\n')
    .map(line => line.split(':'))
    .find(([user]) => user === name)
  // BSD systems write `nobody` as -2.
  const uid = Number(fields?.[2] || Number.NaN) >>> 0
  const gid = Number(fields?.[3] || Number.NaN) >>> 0
  return uid > 0 && gid > 0 ? { uid, gid } : null
}
