import type { MessageKey } from '../../catalogue/message.ts'
import type { Translator } from '../../catalogue/translator.ts'
import type { DaemonStatus } from '../../operations/daemon-status.ts'
import type { Row } from './row.ts'

/** Rows on the canary, the announcement and the other hubs; a hub of an older version says nothing of them. */
export function describeFleet(
  { canary, hubs, discovery }: Partial<Pick<DaemonStatus, 'canary' | 'hubs' | 'discovery'>>,
  translator: Translator,
): Row[] {
  return [
    ...(canary === undefined ? [] : [describeCanary(canary, translator)]),
    ...(discovery === undefined ? [] : [describeDiscovery(discovery, translator)]),
    ...(hubs === undefined || hubs.length === 0 ? [] : [describeSiblings(hubs, translator)]),
  ]
}

function describeSiblings(hubs: DaemonStatus['hubs'], { text, duration }: Translator): Row {
  const [first = '', ...more] = hubs.map(({ address, hub_version: version, same_rules, silent_ms }) => {
    const rules = text(same_rules ? 'status.sameRules' : 'status.otherRules')
    return text('status.sibling', { address, version, rules, age: duration(silent_ms) })
  })
  return { label: text('status.row.others'), value: first, below: more }
}

const announcements: Readonly<Record<DaemonStatus['discovery']['mdns'], MessageKey>> = {
  announced: 'status.announced',
  local: 'status.announcedLocal',
  off: 'status.announcedOff',
  problem: 'status.announcedNot',
}

function describeDiscovery({ mdns, problem }: DaemonStatus['discovery'], { text }: Translator): Row {
  const key = announcements[mdns]
  const said = key === undefined ? mdns : text(key)
  const label = text('status.row.discovery')
  if (problem === null) return { label, value: said }
  return { label, value: `${said}: ${problem.message}`, below: [`${text('status.hint')}: ${problem.hint}`] }
}

function describeCanary(
  { age_ms, round_trip_ms }: DaemonStatus['canary'],
  { text, duration }: Translator,
): Row {
  const label = text('status.row.canary')
  if (age_ms === null) return { label, value: text('status.noCanary') }
  return {
    label,
    value: text('status.canary', { age: duration(age_ms), duration: duration(round_trip_ms ?? 0) }),
  }
}
