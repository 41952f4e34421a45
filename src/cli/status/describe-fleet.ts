import type { DaemonStatus } from '../../operations/daemon-status.ts'

/** Lines on the canary and on the other hubs; a hub of an older version says nothing of them. */
export function describeFleet({
  canary,
  hubs,
  discovery,
}: Partial<Pick<DaemonStatus, 'canary' | 'hubs' | 'discovery'>>): string[] {
  return [
    ...(canary === undefined ? [] : [`canary    ${describeCanary(canary)}`]),
    ...(discovery === undefined ? [] : describeDiscovery(discovery)),
    ...(hubs ?? []).map(
      ({ address, hub_version, same_rules, silent_ms }, index) =>
        `${index === 0 ? 'others' : '      '}    ${address}, version ${hub_version}, ` +
        `${same_rules ? 'same rules' : 'OTHER RULES'}, heard ${seconds(silent_ms)} ago`,
    ),
  ]
}

const announcements: Readonly<Record<DaemonStatus['discovery']['mdns'], string>> = {
  announced: 'announced on the local network',
  local: 'not announced, since only this machine reaches it',
  off: 'not announced (discovery.mdns: off)',
  problem: 'NOT ANNOUNCED',
}

function describeDiscovery({ mdns, problem }: DaemonStatus['discovery']): string[] {
  const line = `discovery ${announcements[mdns] ?? mdns}`
  if (problem === null) return [line]
  return [`${line}: ${problem.message}`, `            - hint: ${problem.hint}`]
}

function describeCanary({ age_ms, round_trip_ms }: DaemonStatus['canary']): string {
  return age_ms === null
    ? 'has not come round yet'
    : `came round ${seconds(age_ms)} ago, in ${round_trip_ms} ms`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
