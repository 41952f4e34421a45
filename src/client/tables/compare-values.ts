/** Less than 0 when `a` comes before `b`, as values that {@link ValueOrder.read} gave. */
type Compare = (a: never, b: never) => number

/** How PostgreSQL orders the values of a type, and how they are read for it. */
export interface ValueOrder {
  /** @param value not null, as it came in JSON; big numbers may be texts or bigints */
  read(value: unknown): unknown
  compare(a: unknown, b: unknown): number
}

/**
 * The order of a type. All but numbers and moments are ordered as they are printed, by code point; so does the hub order by
 * `character(n)`, with its blanks, and by keys of other types.
 * @param type as PostgreSQL names it: `integer`, `timestamp with time zone`
 */
export function valueOrder(type: string): ValueOrder {
  if (/^(smallint|integer|bigint|numeric)/.test(type)) return orderOf(readNumber, compareNumbers)
  if (/^(date|timestamp)/.test(type)) return orderOf(readTime, comparePlain)
  return orderOf(String, compareTexts)
}

function orderOf(read: (value: unknown) => unknown, compare: Compare): ValueOrder {
  return { read, compare: compare as ValueOrder['compare'] }
}

function comparePlain(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** By code point, as COLLATE "C" in UTF-8: comparing UTF-16 would put U+E000 to U+FFFF behind all higher ones. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const difference = codePointRank(a.charCodeAt(at)) - codePointRank(b.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}

/** A number where that loses nothing: fifteen digits come back from a double as they went in. Else the text. */
function readNumber(value: unknown): number | string {
  if (typeof value === 'number') return value
  const text = String(value)
  const number = Number(text)
  return text.replace(/\D/g, '').length > 15 ? text : number
}

/** As PostgreSQL orders them: NaN is the greatest, and equal to itself. */
function compareNumbers(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') {
    return comparePlain(a, b) || Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  }
  if (typeof a === 'number' && !Number.isFinite(a)) return a < 0 ? -1 : 1
  if (typeof b === 'number' && !Number.isFinite(b)) return b < 0 ? 1 : -1
  return compareDecimals(readDecimal(String(a)), readDecimal(String(b)))
}

interface Decimal {
  readonly sign: number
  /** Digits before the point. */
  readonly scale: number
  /** Without zeros at either end. */
  readonly digits: string
}

function readDecimal(text: string): Decimal {
  const [, minus, whole = '', fraction = '', exponent = '0'] =
    /^(-?)\+?(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? []
  const all = whole + fraction
  const digits = all.replace(/^0+/, '')
  const scale = whole.length - (all.length - digits.length) + Number(exponent)
  return { sign: digits === '' ? 0 : minus ? -1 : 1, scale, digits: digits.replace(/0+$/, '') }
}

function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign
  return a.sign * (a.scale - b.scale || comparePlain(a.digits as never, b.digits as never))
}

const timePattern =
  /^(\d+)-(\d+)-(\d+)(?:[T ](\d+):(\d+):(\d+)(?:\.(\d+))?)?(?:([+-])(\d+)(?::?(\d+))?(?::?(\d+))?)?( BC)?$/

/** Microseconds since 1970: the same moment may be written with any offset. */
function readTime(value: unknown): bigint | number {
  const text = String(value)
  if (text.endsWith('infinity')) return text.startsWith('-') ? -Infinity : Infinity
  const match = timePattern.exec(text)
  if (match === null) return Number.NaN
  const part = (at: number) => Number(match[at] ?? 0)
  // The year before 1 is 1 BC.
  const year = match[12] === undefined ? part(1) : 1 - part(1)
  const offset = (part(9) * 60 + part(10)) * 60 + part(11)
  const seconds =
    ((daysSince1970(year, part(2), part(3)) * 24 + part(4)) * 60 + part(5)) * 60 +
    part(6) -
    (match[8] === '-' ? -offset : offset)
  return BigInt(seconds) * 1_000_000n + BigInt((match[7] ?? '').padEnd(6, '0'))
}

/** Of the Gregorian calendar, for any year: `Date` ends long before PostgreSQL does. */
function daysSince1970(year: number, month: number, day: number): number {
  // 400 years always have 146,097 days, and Date knows those around 1970.
  const cycles = Math.floor((year - 1970) / 400)
  return Date.UTC(year - cycles * 400, month - 1, day) / 86_400_000 + cycles * 146_097
}
