import type { ValueKind } from './value-kinds.ts'
import { choice, duration, integer, list, onOff, size, text } from './value-kinds.ts'
import { webOrigin } from './web-origin.ts'

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
    'on = hubs pass custom events to each other over NOTIFY, and know of each other. Default: as `doorbell`.',
  ),
  'hub.host': setting(text, '0.0.0.0', 'Address to listen on; 127.0.0.1 for this machine only.'),
  'hub.port': setting(integer(0, 65_535), 8_765, 'Port to listen on; 0 = any free one.'),
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
  'http.cors_origins': setting(
    list(webOrigin),
    [],
    'Origins whose web pages may read /events and /api: exact ones, such as https://app.example. Health is for all.',
  ),
  'journal.retention': setting(
    duration(60 * seconds),
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
    'Longest sleep without looking, should a doorbell get lost.',
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
