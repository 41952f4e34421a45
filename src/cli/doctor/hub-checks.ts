import { RtbridgeError } from '../../domain/errors/registry.ts'
import { tryToListen } from '../../transports/listen.ts'
import { type MachineCheck, type Place, problem, warning } from './check.ts'
import { judgeFirewall, readFirewallSigns } from './firewall.ts'
import { describeOwner, findPortOwner, type PortOwner } from './port-owner.ts'

/** The hub of this configuration on this machine, and whether desks reach it. */
export const hubChecks: readonly MachineCheck[] = [
  { name: 'hub', look: lookAtHub },
  { name: 'port', look: lookAtPort },
  { name: 'firewall', look: lookAtFirewall },
  { name: 'mdns', look: lookAtAnnouncement },
]

const unknownPort = { found: 'hub.port is 0: any free port is taken, and none is known here', skipped: true }

async function lookAtHub({ hub }: Place) {
  const status = await hub()
  if (status === null) return unknownPort
  const { address, health, problem: why } = status
  if (health === null) return { found: `no hub answers at ${address}: ${why}`, skipped: true }
  const fixOf = ({ hint }: { readonly hint: string }) => hint.replace(/^run: /, '')
  const findings = (health.problems ?? []).map(one => problem(`${one.message} (${one.code})`, fixOf(one)))
  const { error, warning: worse } = health.database
  if (error !== null) findings.push(problem(`the hub has no database: ${error.message}`, fixOf(error)))
  if (worse !== null) findings.push(warning(worse.message, fixOf(worse)))
  for (const { table, eventType, field, message } of health.rule_failures) {
    const what = `rule ${eventType} of ${table} fails: ${field}: ${message}`
    findings.push(
      warning(
        what,
        'rtbridge config check   # correct the rule in rtbridge.yaml, then: systemctl reload rtbridge',
      ),
    )
  }
  if (health.state !== 'live' && findings.length === 0) {
    findings.push(
      problem(`the hub has been stale since ${health.stale_since}`, 'journalctl -u rtbridge -n 50'),
    )
  }
  return { found: `live at ${address}, version ${health.hub_version}`, findings }
}

async function lookAtPort({ hub, config }: Place) {
  const status = await hub()
  if (status === null) return { found: 'any free port is taken (hub.port is 0)' }
  const { host, port } = config.hub
  if (status.health !== null) return { found: `our own hub has port ${port}` }
  try {
    await tryToListen({ host, port })
    return { found: `port ${port} on ${host} is free` }
  } catch (error) {
    if (!(error instanceof RtbridgeError) || error.code !== 'RTB_HUB_PORT_IN_USE') throw error
    return judgeTaken(port, findPortOwner(port), status.problem)
  }
}

/** A port that is taken by something that does not answer as our hub. */
function judgeTaken(port: number, owner: PortOwner | null, why: string | null) {
  const what = `port ${port} is taken by ${describeOwner(owner)}`
  if (owner?.pid == null) {
    return {
      found: what,
      findings: [
        problem(what, `sudo ss -ltnp 'sport = :${port}'   # names it; stop it, or choose another hub.port`),
      ],
    }
  }
  if (/\brtbridge\b/.test(owner.command) && /\bserve\b/.test(owner.command)) {
    const hung = `${what}: a hub that does not answer (${why})`
    return {
      found: hung,
      findings: [
        problem(
          hung,
          `systemctl restart rtbridge   # or, if it is no service: kill ${owner.pid}; rtbridge serve`,
        ),
      ],
    }
  }
  return {
    found: what,
    findings: [
      problem(
        what,
        `kill ${owner.pid}   # if it is not needed; else in rtbridge.yaml: hub: { port: ${port + 1} }`,
      ),
    ],
  }
}

function lookAtFirewall({ config }: Place) {
  return judgeFirewall(readFirewallSigns(), {
    isLoopback: isLoopback(config.hub.host),
    port: config.hub.port,
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

async function lookAtAnnouncement({ config, hub }: Place) {
  if (config.discovery.mdns === 'off') return { found: 'not wanted (discovery.mdns: off)' }
  const status = await hub()
  const discovery = status?.health?.discovery
  if (discovery === undefined) return { found: 'no hub answers that would be announced', skipped: true }
  if (discovery.problem !== null) {
    const { message, hint } = discovery.problem
    return { found: message, findings: [warning(message, hint.replace(/^run: /, ''))] }
  }
  return {
    found:
      discovery.mdns === 'local'
        ? 'not announced, since only this machine reaches it'
        : 'announced on the local network',
  }
}
