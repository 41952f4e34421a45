import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Finding, type MachineCheck, type Place, problem, warning } from './check.ts'
import { findPortOwner } from './port-owner.ts'

/** How the hub is run on this machine. */
export const serviceChecks: readonly MachineCheck[] = [
  { name: 'service', look: lookAtService },
  { name: 'file-descriptors', look: lookAtDescriptors },
]

const unit = 'rtbridge.service'

/** `systemd-analyze security` scores from 0 (locked up) to 10; the unit that comes with rtbridge is far below. */
const mostExposure = 4

async function lookAtService() {
  if (!existsSync('/run/systemd/system')) return { found: 'systemd does not run this machine', skipped: true }
  const shown = await run('systemctl', ['show', unit, '-p', 'LoadState,UnitFileState,ActiveState,Result'])
  if (shown === null) return { found: 'systemctl does not answer', skipped: true }
  const state = Object.fromEntries(shown.split('\n').map(line => line.split('=', 2)))
  if (state['LoadState'] !== 'loaded') return { found: `${unit} is not installed here`, skipped: true }
  return judgeService(state, readExposure(await run('systemd-analyze', ['security', '--no-pager', unit])))
}

/**
 * Judges a unit that is installed.
 * @param state of `systemctl show`
 * @param exposure of `systemd-analyze security`; null = it could not be asked
 */
export function judgeService(state: Readonly<Record<string, string | undefined>>, exposure: number | null) {
  const findings: Finding[] = []
  const { UnitFileState: file, ActiveState: active, Result: result } = state
  if (active === 'failed') {
    findings.push(
      problem(
        `${unit} has failed (${result})`,
        `journalctl -u rtbridge -n 50; sudo systemctl restart rtbridge`,
      ),
    )
  } else if (active !== 'active' && active !== 'activating' && active !== 'reloading') {
    findings.push(warning(`${unit} is ${active}`, 'sudo systemctl start rtbridge'))
  }
  if (file === 'disabled') {
    findings.push(warning(`${unit} does not start with the machine`, 'sudo systemctl enable rtbridge'))
  }
  if (exposure !== null && exposure > mostExposure) {
    const what = `${unit} is exposed (${exposure} of 10, where less is better): it could be locked up further`
    findings.push(
      warning(what, `systemd-analyze security ${unit}   # compare with the unit that comes with rtbridge`),
    )
  }
  const score = exposure === null ? '' : `, exposure ${exposure} of 10`
  return { found: `${unit} is ${active} and ${file}${score}`, findings }
}

/** The last line: "→ Overall exposure level for rtbridge.service: 1.5 OK 🙂". */
function readExposure(text: string | null): number | null {
  const found = /exposure level for \S+: ([\d.]+)/.exec(text ?? '')
  return found === null ? null : Number(found[1])
}

/** What a hub has open besides its clients: database, files, logs. */
const ownDescriptors = 64

async function lookAtDescriptors({ hub, config, self }: Place) {
  // Who asks the hub's own limits need not look for its process.
  const runs = self === undefined && (await hub())?.health != null
  const pid = runs ? (findPortOwner(config.hub.port)?.pid ?? null) : null
  const text = readLimits(pid === null ? 'self' : String(pid))
  if (text === null) return { found: 'this system does not show limits of processes', skipped: true }
  return judgeDescriptors(
    parseOpenFiles(text),
    config.limits.connections,
    pid === null && self === undefined ? 'this shell' : 'the hub',
  )
}

/** @param limit files that a process may have open, 0 = as many as it likes */
export function judgeDescriptors(limit: number, connections: number, whose: string) {
  const needed = connections + ownDescriptors
  const found = `${whose} may have ${limit} files open, for up to ${connections} connections`
  if (limit === 0 || limit >= needed) return { found }
  const what = `${found}: at ${limit - ownDescriptors} clients no more can connect`
  const fix = `ulimit -n ${needed}   # for a service: LimitNOFILE=${needed} by \`sudo systemctl edit rtbridge\`; or in rtbridge.yaml: limits: { connections: ${Math.max(1, limit - ownDescriptors)} }`
  return { found: what, findings: [warning(what, fix)] }
}

/** The soft limit of a file like `/proc/self/limits`; 0 = unlimited. */
function parseOpenFiles(text: string): number {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1] ?? 'unlimited'
  return found === 'unlimited' ? 0 : Number(found)
}

function readLimits(process: string): string | null {
  try {
    return readFileSync(`/proc/${process}/limits`, 'utf8')
  } catch {
    return null
  }
}

/** What a program says; null when it is not there, or fails. */
async function run(program: string, args: readonly string[]): Promise<string | null> {
  return promisify(execFile)(program, [...args], { timeout: 5_000 }).then(
    ({ stdout }) => stdout,
    () => null,
  )
}
