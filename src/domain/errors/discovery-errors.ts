import { define } from './define.ts'

const typed = 'an address that is typed always works'

/** Announcing hubs on the local network, and finding them. */
export const discoveryErrors = {
  RTB_DISCOVERY_PORT: define<object>({
    actor: 'operator',
    message: () => 'UDP port 5353 of multicast DNS is held by a program that does not share it',
    hint: () =>
      `${typed}; with Avahi, \`rtbridge discover --avahi-service\` prints what belongs into /etc/avahi/services/rtbridge.service, and discovery.mdns: off ends this message`,
  }),
  RTB_DISCOVERY_NETWORK: define<object>({
    actor: 'operator',
    message: () => 'there is no network interface with an IPv4 address for multicast DNS',
    hint: () => `${typed}; it is tried again when an interface comes`,
  }),
  RTB_DISCOVERY_FAILED: define<{ detail: string }>({
    actor: 'operator',
    message: ({ detail }) => `multicast DNS does not work here: ${detail}`,
    hint: () =>
      `${typed}; let UDP port 5353 through the firewall, out and in; multicast DNS does not cross routers and VLANs`,
  }),
  RTB_DISCOVERY_FINGERPRINT: define<object>({
    actor: 'client-author',
    message: () => 'the fingerprint is no SHA-256 of a certificate',
    hint: () => 'give its 64 hex digits, with colons or without, as `rtbridge cert show` prints them',
  }),
} as const
