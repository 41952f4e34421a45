import { existsSync, readFileSync } from 'node:fs'
import { warning } from './check.ts'

/** What files tell of a firewall. */
export interface FirewallSigns {
  /** `/etc/ufw/ufw.conf` says that it is on. */
  readonly ufw: boolean
  /** The rules of users in `/etc/ufw`; null when they are not there, or this user may not read them. */
  readonly ufwRules: string | null
  /** What no rule names is let in. */
  readonly ufwAccepts: boolean
  readonly firewalld: boolean
}

export function readFirewallSigns(): FirewallSigns {
  return {
    ufw: /^\s*ENABLED=["']?yes/m.test(readText('/etc/ufw/ufw.conf') ?? ''),
    ufwRules: readText('/etc/ufw/user.rules'),
    ufwAccepts: /^\s*DEFAULT_INPUT_POLICY=["']?ACCEPT/m.test(readText('/etc/default/ufw') ?? ''),
    firewalld: existsSync('/run/firewalld.pid') || existsSync('/run/firewalld'),
  }
}

/**
 * Judges only what is certain: what nftables and firewalld let through is told by programs of theirs that need root, and are not called.
 * @param hub whether it is reached from this machine alone, and its port
 */
export function judgeFirewall(
  signs: FirewallSigns,
  { isLoopback, port }: { isLoopback: boolean; port: number },
) {
  if (isLoopback) return { found: 'only this machine reaches the hub (hub.host)' }
  if (port === 0) return { found: 'hub.port is 0: no rule can be made for it', skipped: true }
  if (signs.ufw && signs.ufwRules !== null) {
    if (signs.ufwAccepts || letsThrough(signs.ufwRules, port)) {
      return { found: `ufw lets port ${port} through` }
    }
    const what = `ufw is on and has no rule for port ${port}: other desks are not let in`
    return { found: what, findings: [warning(what, `sudo ufw allow ${port}/tcp`)] }
  }
  if (signs.ufw) {
    return {
      found: `ufw is on, and its rules could not be read: sudo ufw status; sudo ufw allow ${port}/tcp`,
      skipped: true,
    }
  }
  if (signs.firewalld) {
    const found = `firewalld is on, and is not asked for its rules: sudo firewall-cmd --list-ports; sudo firewall-cmd --permanent --add-port=${port}/tcp && sudo firewall-cmd --reload`
    return { found, skipped: true }
  }
  const found = `no ufw or firewalld is on; rules of nftables are not looked at: sudo nft list ruleset. From another desk: nc -vz <this machine> ${port}`
  return { found, skipped: true }
}

/** A rule of ufw: `### tuple ### allow tcp 22,8000:9000 0.0.0.0/0 any 0.0.0.0/0 in`, the first port being ours. */
function letsThrough(rules: string, port: number): boolean {
  return [...rules.matchAll(/^### tuple ### (?:allow|limit) (?:tcp|any) (\S+) /gm)].some(([, ports = '']) =>
    ports.split(',').some(range => {
      const [from = '', to = from] = range.split(':')
      return range === 'any' || (Number(from) <= port && port <= Number(to))
    }),
  )
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
