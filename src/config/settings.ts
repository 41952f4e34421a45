import { addressRange, exactName, exactOrigin, hubUrl } from './front-door-kinds.ts'
import type { ValueKind } from './value-kinds.ts'
import { aDecade, choice, duration, integer, list, onOff, redisUrl, size, text } from './value-kinds.ts'

/** One setting: how it is written, what it is when nobody sets it, and what it is for. */
export interface Setting<Value> {
  readonly kind: ValueKind<Value>
  readonly fallback: Value | null
  readonly description: string
}

function setting<Value, Fallback extends Value | null>(
  kind: ValueKind<Value>,
  fallback: Fallback,
  description: string,
): Setting<Value> & { readonly fallback: Fallback } {
  return { kind, fallback, description }
}

const kib = 1_024
const mib = 1_024 * kib
const seconds = 1_000
const hours = 3_600 * seconds

/** Every setting by its path in the file. Its variable is `RTBRIDGE_` and the path in capitals: `RTBRIDGE_HUB_PORT`. */
export const settings = {
  'database.url': setting(
    text,
    null,
    'The database: postgresql://user@host:port/name. Without it PGHOST, PGUSER, PGDATABASE and the like decide.',
  ),
  'database.connect_timeout': setting(duration(100), 5 * seconds, 'Longest wait for a connection.'),
  'database.doorbell': setting(
    onOff,
    'on',
    'off = no NOTIFY, paced reads: needed where an application uses PREPARE TRANSACTION.',
  ),
  'database.signals': setting(
    onOff,
    null,
    'on = hubs pass custom events to each other, and know of each other. Default: as `doorbell`; on with `bus.url`.',
  ),
  'hub.host': setting(text, '0.0.0.0', 'Address to listen on; 127.0.0.1 for this machine only.'),
  'hub.port': setting(integer(0, 65_535), 8_765, 'Port to listen on; 0 = any free one.'),
  'hub.public_url': setting(
    hubUrl,
    null,
    'Where clients find this hub, as those of other hubs are told. Default: scheme, host (or host name) and port.',
  ),
  'hub.max_message': setting(size(kib), 64 * kib, 'Largest message a client may send.'),
  'hub.heartbeat': setting(duration(seconds), 30 * seconds, 'How often a silent connection is probed.'),
  'hub.queue': setting(
    size(64 * kib),
    4 * mib,
    'Bytes that may wait for one client; beyond it the client catches up from the journal.',
  ),
  'hub.stalled_after': setting(
    duration(seconds),
    60 * seconds,
    'A client that takes nothing for this long is disconnected; it resumes when it comes back.',
  ),
  'hub.checkpoint_every': setting(
    duration(100),
    15 * seconds,
    'How often a client is told its position when nothing matches.',
  ),
  'hub.tail': setting(
    size(64 * kib),
    16 * mib,
    'Recent events kept in memory, so that a short absence costs the database nothing.',
  ),
  'hub.max_subscriptions': setting(integer(1, 100_000), 100, 'Subscriptions one connection may hold.'),
  'hub.allow_addresses': setting(
    list(addressRange),
    ['loopback', 'private', 'link-local'],
    'Who may connect: addresses, ranges such as 10.1.0.0/16, and the words loopback, private, link-local, any.',
  ),
  'hub.allow_hosts': setting(
    list(exactName),
    ['address', 'localhost', 'hostname'],
    'What clients may call this hub in their Host header: exact names, and the words address, localhost, hostname, any.',
  ),
  'hub.allow_origins': setting(
    list(exactOrigin),
    [
      'none',
      'same-origin',
      'loopback',
      'tauri://localhost',
      'http://tauri.localhost',
      'https://tauri.localhost',
    ],
    'Which web pages may connect: exact origins, and the words none, same-origin, loopback, any.',
  ),
  'hub.dashboard': setting(
    onOff,
    'on',
    'on = admins get the page at /dashboard; off = there is none, and none of the paths that only it needs.',
  ),
  'tls.cert': setting(
    text,
    null,
    'File with the certificate of the hub, PEM, the chain behind it. With it: wss and https.',
  ),
  'tls.key': setting(text, null, 'File with the private key of the certificate, PEM, without a pass phrase.'),
  'tls.min_version': setting(
    choice(['TLSv1.2', 'TLSv1.3']),
    'TLSv1.2',
    'Oldest version of TLS that is spoken.',
  ),
  'tls.ca': setting(
    text,
    null,
    'File with the CA that `rtbridge status` and `tail` trust; default ca.crt beside `tls.cert`, when it is there.',
  ),
  'limits.connections': setting(integer(1, 1_000_000), 10_000, 'Connections in total.'),
  'limits.connections_per_address': setting(integer(1, 1_000_000), 100, 'Connections of one address.'),
  'limits.half_open': setting(
    integer(1, 1_000_000),
    1_000,
    'Connections that have not sent a whole request yet; above it the oldest of them is cut.',
  ),
  'limits.handshakes': setting(integer(1, 1_000_000), 1_000, 'New connections per second, in total.'),
  'limits.handshakes_per_address': setting(
    integer(1, 1_000_000),
    10,
    'New connections per second of one address.',
  ),
  'limits.shared_addresses': setting(
    list(addressRange),
    ['loopback'],
    'Addresses that stand for many clients, such as a reverse proxy: the limits per address do not hold for them.',
  ),
  'limits.handshake_timeout': setting(
    duration(100),
    10 * seconds,
    'Time for a TLS handshake, and for the head of a request to arrive.',
  ),
  'limits.header_size': setting(size(kib), 16 * kib, 'Largest head of a request.'),
  'limits.idle': setting(
    duration(100),
    75 * seconds,
    'A client that sends nothing and answers no probe for this long is disconnected.',
  ),
  'limits.messages': setting(integer(1, 1_000_000), 100, 'Messages per second of one connection.'),
  'limits.bytes': setting(size(kib), 256 * kib, 'Bytes of messages per second of one connection.'),
  'limits.control_frames': setting(
    integer(1, 1_000_000),
    10,
    'WebSocket pings and pongs per second of one connection.',
  ),
  'limits.fragments': setting(integer(1, 1_000_000), 64, 'Pieces that one message may come in.'),
  'limits.depth': setting(integer(2, 1_000), 64, 'Brackets inside each other in a message.'),
  'limits.rooms': setting(integer(1, 100_000), 200, 'Rooms one connection may be in.'),
  'limits.filter_length': setting(integer(1, 4_000), 2_000, 'Longest `where` of a subscription, characters.'),
  'limits.filter_work': setting(
    integer(1_000, 100_000_000),
    100_000,
    'Work that all `where` and globs of a connection may do on one event, units; a million is 20 to 180 ms of a core.',
  ),
  'limits.snapshots': setting(
    integer(1, 100),
    4,
    'Tables that are read at the same time for live tables; each takes a session of the database.',
  ),
  'limits.snapshots_waiting': setting(
    integer(0, 1_000_000),
    1_000,
    'Such reads that may wait for their turn; who asks for one more is refused. Equal ones are one.',
  ),
  'journal.retention': setting(
    duration(60 * seconds, aDecade),
    24 * hours,
    'How long changes are kept for those who were away.',
  ),
  'journal.max_size': setting(
    size(mib),
    1_024 * mib,
    'The journal is pruned from its old end above this size.',
  ),
  'journal.max_row': setting(size(kib), mib, 'Rows above this are journalled by their key only.'),
  'capture.pacing': setting(duration(0), 5, 'Pause between two reads while changes come; 0 costs a core.'),
  'capture.safety_read': setting(
    duration(10),
    seconds,
    'Longest sleep without looking, should a doorbell get lost; five times that while nobody is connected and nothing happens, but at most half of `canary_timeout`.',
  ),
  'capture.canary': setting(
    duration(100),
    15 * seconds,
    'How often a change of our own goes round, to prove that changes come through.',
  ),
  'capture.canary_timeout': setting(
    duration(100),
    10 * seconds,
    'A canary that takes longer means that the hub does not work, and it says so.',
  ),
  'auth.mode': setting(
    choice(['open', 'key', 'jwt']),
    null,
    'How apps prove who they are; open = not at all, on loopback and private networks only. Without it a hub listens on loopback only.',
  ),
  'auth.allow_token_in_url': setting(
    onOff,
    'off',
    'Whether `?token=` is accepted: addresses end up in logs and histories. One-time tickets are accepted in any case.',
  ),
  'auth.failed_attempts': setting(
    integer(1, 100_000),
    10,
    'Wrong tokens of one address within a minute; more are refused without a look.',
  ),
  'rooms.default': setting(
    choice(['allow', 'deny']),
    null,
    'Who may join rooms that no pattern speaks of. Default: allow; deny when there are patterns.',
  ),
  'rooms.recheck': setting(
    duration(100),
    10 * seconds,
    'How long an answer of the database about a room is good; members are asked about again this often.',
  ),
  'signals.rate': setting(
    integer(1, 10_000),
    20,
    'Custom events without `durable` that a connection may send in a second, on average.',
  ),
  'signals.burst': setting(integer(1, 100_000), 40, 'The same at once, after a rest.'),
  'signals.max_size': setting(size(1), 64 * kib, 'Largest data of such an event.'),
  'signals.members_only': setting(
    onOff,
    'off',
    'on = only members may send custom events to a room; off = also who may join it.',
  ),
  'presence.grace': setting(
    duration(0),
    5 * seconds,
    'An app that is gone counts as there for this long, so that a reload is not seen.',
  ),
  'presence.heartbeat': setting(
    duration(50),
    3 * seconds,
    'How often a hub tells the others that it is there; three missed, and its people are gone.',
  ),
  'presence.remember': setting(
    duration(0, aDecade),
    600 * seconds,
    'How long somebody who went is shown as offline, with since when.',
  ),
  'bus.url': setting(
    redisUrl,
    null,
    'A Redis server that carries signals and presence between hubs. Without it PostgreSQL does.',
  ),
  'discovery.mdns': setting(
    onOff,
    'on',
    'on = a hub that other machines reach is announced on the local network, for apps that look for it.',
  ),
  'log.level': setting(
    choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
    'What is logged; trace shows row data.',
  ),
  'log.audit': setting(
    onOff,
    'on',
    'on = who came, went, was refused, published or administered: lines with `part: audit`, never with a payload.',
  ),
} as const

export type SettingKey = keyof typeof settings
/** What a setting resolves to; null only where it has no default. */
export type SettingValue<Key extends SettingKey> = (typeof settings)[Key] extends infer Of
  ? Of extends { readonly kind: ValueKind<infer Value>; readonly fallback: infer Fallback }
    ? Fallback extends null
      ? Value | null
      : Value
    : never
  : never

/** All paths, in file order. */
export const settingKeys = Object.keys(settings) as readonly SettingKey[]

/** The environment variable of a setting: `hub.port` → `RTBRIDGE_HUB_PORT`. */
export function variableOf(key: SettingKey): string {
  return `RTBRIDGE_${key.replace('.', '_').toUpperCase()}`
}
