import { statfs } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { dirname, resolve } from 'node:path'
import { formatBytes } from '../format-bytes.ts'
import { type Check, type MachineCheck, type Place, problem, type Sight, warning } from './check.ts'

/** Room for what rtbridge itself writes: certificates and configuration. */
export const diskChecks: readonly MachineCheck[] = [
  {
    name: 'disk',
    look: ({ path, config, cwd, limits }: Place) => {
      const files = [path, config.tls.certFile].filter(file => file !== null)
      const folders = new Set(files.length === 0 ? [cwd] : files.map(file => dirname(resolve(cwd, file))))
      return judgeDisks([...folders], limits.freeBytes, 'nothing can be written there')
    },
  },
]

/** Room for the journal: where the database runs on this machine. */
export const serverDiskCheck: Check = {
  name: 'database-disk',
  needsSchema: false,
  look: async ({ server, limits }: Sight) => {
    const folder = server['data_directory'] ?? null
    if (!isHere(server['server_address'] ?? null)) {
      return { found: `the database runs on another machine: df -h there`, skipped: true }
    }
    if (folder === null) {
      const role = (server['role'] ?? '').replaceAll('"', '""')
      const found = `this role does not see where the data lie; as a superuser: GRANT pg_read_all_settings TO "${role}";`
      return { found, skipped: true }
    }
    if ((await freeBytes(folder)) === null) {
      return {
        found: `${folder} cannot be looked at from here (another user, or a container): df -h`,
        skipped: true,
      }
    }
    return judgeDisks(
      [folder],
      limits.freeBytes,
      'then no application can write, and no change can be journalled',
    )
  },
}

async function judgeDisks(folders: readonly string[], leastBytes: number, then: string) {
  const disks = await Promise.all(
    folders.map(async folder => ({ folder, free: (await freeBytes(folder)) ?? 0 })),
  )
  const findings = disks
    .filter(({ free }) => free < leastBytes)
    .map(({ folder, free }) => {
      const what = `${formatBytes(free)} left on the disk of ${folder}; when it is full, ${then}`
      const finding = free < leastBytes / 8 ? problem : warning
      return finding(
        what,
        `df -h ${folder}; du -xh ${folder} | sort -h | tail   # then make room, or a larger disk`,
      )
    })
  return {
    found: disks.map(({ folder, free }) => `${formatBytes(free)} free at ${folder}`).join(', '),
    findings,
  }
}

/** What an ordinary user may still write; null when the folder cannot be looked at. A hub must not stand still for a disk. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    return null
  }
}

/** @param address of the server's end of the connection; null = a socket of this machine */
function isHere(address: string | null): boolean {
  if (address === null) return true
  const host = address.replace(/\/\d+$/, '')
  return Object.values(networkInterfaces()).some(entries => entries?.some(entry => entry.address === host))
}
