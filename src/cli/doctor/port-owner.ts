import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Who listens on a port, as far as this user may know. */
export interface PortOwner {
  /** Null when its process belongs to another user. */
  readonly pid: number | null
  readonly uid: number
  /** Its command line, on one line; '' when unknown. */
  readonly command: string
}

/** The state of a listening socket in `/proc/net/tcp`. */
const listening = '0A'

/**
 * Finds who listens on a TCP port of this machine, by `/proc`.
 * @returns null where there is no `/proc`, and when nobody listens
 */
export function findPortOwner(port: number): PortOwner | null {
  const sockets = ['tcp', 'tcp6'].flatMap(name => parseSockets(readText(`/proc/net/${name}`) ?? ''))
  const socket = sockets.find(one => one.port === port)
  if (socket === undefined) return null
  const pid = findHolder(socket.inode)
  const command = pid === null ? '' : (readText(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
  return { pid, uid: socket.uid, command }
}

/** Who it is, in words. */
export function describeOwner(owner: PortOwner | null): string {
  if (owner === null) return 'another program'
  if (owner.pid === null) return `a process of another user (uid ${owner.uid})`
  return `process ${owner.pid} (${owner.command.slice(0, 120)})`
}

/** Listening sockets of a file like `/proc/net/tcp`. @see https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt */
export function parseSockets(text: string): { port: number; uid: number; inode: string }[] {
  return text
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[3] === listening)
    .map(fields => ({
      port: Number.parseInt(fields[1]?.split(':')[1] ?? '', 16),
      uid: Number(fields[7]),
      inode: fields[9] ?? '',
    }))
}

function findHolder(inode: string): number | null {
  for (const pid of list('/proc').filter(name => /^\d+$/.test(name))) {
    if (list(`/proc/${pid}/fd`).some(fd => readLink(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`)) {
      return Number(pid)
    }
  }
  return null
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
