import * as z from 'zod'

/** How one kind of value is written, in the file, in a variable or on the command line. */
export interface ValueKind<Value> {
  /** What is allowed, to follow "expected". */
  readonly expected: string
  /** What the file may hold, for the JSON Schema. */
  readonly input: z.ZodType
  /** Reads a value; undefined when it is none of this kind. Text is accepted for numbers: `${PORT}` is text. */
  readonly parse: (found: unknown) => Value | undefined
  /** Writes a value so that `parse` reads the same. Default: as it is. */
  print?(value: Value): string
}

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
  TiB: 1_099_511_627_776,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
}

/** Any text but the empty one. */
export const text: ValueKind<string> = {
  expected: 'a text',
  input: z.string(),
  parse: found => (typeof found === 'string' && found.trim() !== '' ? found : undefined),
}

/** Where a Redis server is. */
export const redisUrl: ValueKind<string> = {
  expected: 'a URL of a Redis server, redis://host:6379 or rediss:// with TLS',
  input: z.string(),
  parse: found =>
    typeof found === 'string' && /^rediss?:\/\//.test(found) && URL.canParse(found) ? found : undefined,
}

/** A whole number. */
export function integer(min: number, max: number): ValueKind<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    input: z.union([z.int().min(min).max(max), z.string()]),
    parse: found => {
      const number = typeof found === 'string' && /^\d{1,15}$/.test(found) ? Number(found) : found
      return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
        ? number
        : undefined
    },
  }
}

const aDay = 86_400_000
/** Ten years, ms: for what is no timer. A timer of Node that is to last for more than 24 days ends at once. */
export const aDecade = 3_650 * aDay

/** A span of time, in milliseconds: `24h`, `30s`, `5ms`, `7d`, or a bare number of ms. A day at most, if not said otherwise. */
export function duration(minMs: number, maxMs = aDay): ValueKind<number> {
  // Of one day and of one minute people say 24h and 60s.
  const print = (ms: number) => inLargestUnit(ms, durationUnits, unitMs => ms > unitMs || unitMs <= 1_000)
  return {
    expected: `a duration from ${print(minMs)} to ${print(maxMs)}, such as 24h, 30s or 5ms (ms, s, m, h, d; a bare number is ms)`,
    input: z.union([z.number().min(minMs).max(maxMs), z.string().regex(/^\d+(\.\d+)?\s*(ms|s|m|h|d)?$/)]),
    parse: found => quantity(found, { units: durationUnits, min: minMs, max: maxMs }),
    print,
  }
}

/** A size, in bytes: `64KiB`, `1MiB`, `10MB`, or a bare number of bytes. */
export function size(minBytes: number): ValueKind<number> {
  return {
    expected: `a size of at least ${minBytes} bytes, such as 64KiB, 1MiB or 1GiB (a bare number is bytes)`,
    input: z.union([
      z.int().min(minBytes),
      z.string().regex(/^\d+(\.\d+)?\s*(B|KiB|MiB|GiB|TiB|kB|MB|GB)?$/),
    ]),
    parse: found => quantity(found, { units: sizeUnits, min: minBytes, max: Number.MAX_SAFE_INTEGER }),
    print: bytes => inLargestUnit(bytes, sizeUnits),
  }
}

/** One word of a list. */
export function choice<const Word extends string>(words: readonly Word[]): ValueKind<Word> {
  return {
    expected: `one of ${words.join(', ')}`,
    input: z.enum(words),
    parse: found => words.find(word => word === found),
  }
}

/** `on` or `off`; `true` and `false` mean the same. */
export const onOff: ValueKind<'on' | 'off'> = {
  expected: 'on or off',
  input: z.union([z.enum(['on', 'off']), z.boolean()]),
  parse: found => {
    if (found === true || found === 'on' || found === 'true') return 'on'
    return found === false || found === 'off' || found === 'false' ? 'off' : undefined
  },
}

/** A list, or a single value; on the command line and in a variable with commas between them. It may be empty. */
export function list<Value>(kind: ValueKind<Value>): ValueKind<readonly Value[]> {
  return {
    expected: `a list, each of them ${kind.expected}`,
    input: z.union([z.array(kind.input), kind.input]),
    parse: found => {
      const parts = typeof found === 'string' ? found.split(',').map(part => part.trim()) : found
      if (!Array.isArray(parts)) return undefined
      const values = parts.map(part => kind.parse(part))
      return values.every(value => value !== undefined) ? (values as Value[]) : undefined
    },
  }
}

interface Range {
  readonly units: Readonly<Record<string, number>>
  readonly min: number
  readonly max: number
}

function quantity(found: unknown, { units, min, max }: Range): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,6})?)\s*([A-Za-z]*)$/.exec(
    typeof found === 'number' ? String(found) : textOf(found),
  )
  if (match === null) return undefined
  const [, digits, unit = ''] = match
  const factor = unit === '' ? 1 : Object.hasOwn(units, unit) ? units[unit] : undefined
  if (factor === undefined) return undefined
  const value = Math.round(Number(digits) * factor)
  return value >= min && value <= max ? value : undefined
}

/** In the largest unit that it is a whole number of; 0 has none. */
function inLargestUnit(value: number, units: Range['units'], isUsual = (_size: number) => true): string {
  const bySize = Object.entries(units).sort(([, one], [, other]) => other - one)
  const found = bySize.find(([, size]) => value >= size && value % size === 0 && isUsual(size))
  return found === undefined ? String(value) : `${value / found[1]}${found[0]}`
}

function textOf(found: unknown): string {
  return typeof found === 'string' ? found.trim() : ''
}
