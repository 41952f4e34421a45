import { serviceType } from './dns-packet.ts'
import { type HubText, writeHubText } from './hub-text.ts'

/**
 * The content of `/etc/avahi/services/rtbridge.service`: Avahi then announces the hub in its stead, whether it runs or not.
 * What changes with a start or a database is not in it.
 *
 * @param hub where it listens and what is told; `hubId` and `incarnation` are left out
 * @see `man avahi.service`
 */
export function avahiService({ port, text }: { readonly port: number; readonly text: HubText }): string {
  const records = writeHubText({ ...text, hubId: null, incarnation: null })
  return `<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name replace-wildcards="yes">%h-${port}</name>
  <service>
    <type>${serviceType.replace(/\.local$/, '')}</type>
    <port>${port}</port>
${records.map(record => `    <txt-record>${record}</txt-record>`).join('\n')}
  </service>
</service-group>
`
}
