/** What a hub tells of itself in its TXT record: small, and nothing that is not for everybody. */
export interface HubText {
  /** Version of the protocol; null when it does not say. */
  readonly protocol: number | null
  /** Of the program. */
  readonly version: string | null
  readonly tls: boolean
  readonly hubId: string | null
  /** History of its database, 8 hex digits; null before it has read the database. */
  readonly incarnation: string | null
  /** SHA-256 of its certificate, `AB:CD:…`; null without TLS. */
  readonly fingerprint: string | null
  readonly path: string
}

const patterns = {
  v: /^\d{1,5}$/,
  version: /^[0-9A-Za-z.+-]{1,40}$/,
  tls: /^[01]$/,
  hub: /^[0-9A-Za-z-]{1,64}$/,
  inc: /^[0-9a-f]{8}$/,
  fp: /^[0-9a-f]{64}$/,
  path: /^(?:\/[0-9A-Za-z_~-][0-9A-Za-z._~-]*){0,8}\/?$/,
} as const

type Key = keyof typeof patterns

/** Strings of a record that are looked at, and bytes of each: more is nobody of ours. */
const maxStrings = 20
const maxStringBytes = 160

/** The strings of the record, `key=value`. What is null is left out. @see https://www.rfc-editor.org/rfc/rfc6763#section-6 */
export function writeHubText(text: HubText): readonly string[] {
  const values: Readonly<Record<Key, string | null>> = {
    v: text.protocol === null ? null : String(text.protocol),
    version: text.version,
    tls: text.tls ? '1' : '0',
    hub: text.hubId,
    inc: text.incarnation,
    fp: text.fingerprint === null ? null : hexOf(text.fingerprint),
    path: text.path,
  }
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${value}`)
}

/** Reads a record of somebody on the network; what does not look as it should is as if it were not there. */
export function readHubText(data: unknown): HubText {
  const values = new Map<string, string>()
  for (const string of (Array.isArray(data) ? data : [data]).slice(0, maxStrings)) {
    if (!(string instanceof Uint8Array) || string.length > maxStringBytes) continue
    const [, name = '', value = ''] = /^([a-z]+)=(.*)$/i.exec(Buffer.from(string).toString('latin1')) ?? []
    const key = name.toLowerCase()
    // Of a key that comes twice the first counts, as the standard wants it.
    if (isKey(key) && value !== '' && !values.has(key) && patterns[key].test(value)) values.set(key, value)
  }
  const of = (key: Key) => values.get(key) ?? null
  const protocol = of('v')
  const fingerprint = of('fp')
  const tls = of('tls') === '1'
  return {
    protocol: protocol === null ? null : Number(protocol),
    version: of('version'),
    tls,
    hubId: of('hub'),
    incarnation: of('inc'),
    fingerprint: tls && fingerprint !== null ? formatFingerprint(fingerprint) : null,
    path: of('path') ?? '/',
  }
}

/** `AB:CD:…` of a SHA-256 in hex, with colons or without; null when it is none. */
export function formatFingerprint(text: string): string | null {
  const hex = hexOf(text)
  return patterns.fp.test(hex) ? (hex.toUpperCase().match(/../g) ?? []).join(':') : null
}

function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}

function isKey(key: string): key is Key {
  return Object.hasOwn(patterns, key)
}
