import type { DiscoveredHub } from '../../discovery/discovered-hub.ts'
import { visibleText } from '../visible-text.ts'

/** Lines on hubs, those of one database below each other. */
export function describeHubs(hubs: readonly DiscoveredHub[]): string[] {
  const databases = new Set(hubs.map(({ incarnation }) => incarnation))
  return [...databases]
    .flatMap(incarnation => [
      incarnation === null ? 'database not known (yet)' : `database ${incarnation}`,
      ...hubs.filter(hub => hub.incarnation === incarnation).flatMap(describeHub),
    ])
    .map(visibleText)
}

function describeHub({
  url,
  name,
  host,
  addresses,
  version,
  hubId,
  tls,
  fingerprint,
}: DiscoveredHub): string[] {
  const line = (label: string, value: string | null) =>
    value === null ? [] : [`    ${label.padEnd(11)} ${value}`]
  return [
    `  ${url}`,
    ...line('name', name),
    ...line('host', host),
    ...line('addresses', addresses.join(', ')),
    ...line('version', version),
    ...line('TLS', tls ? 'yes' : 'no'),
    ...line('SHA-256', fingerprint),
    ...line('hub', hubId),
  ]
}
