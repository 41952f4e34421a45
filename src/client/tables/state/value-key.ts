import { upsideDown } from './upside-down.ts'

/**
 * Makes texts of values: these are, compared by `<`, in the order in which PostgreSQL has the values. All but numbers and moments are ordered
 * as they are printed, by code point; so does the hub order by `character(n)`, with its blanks, and by keys of other types.
 * @param type as PostgreSQL names it: `integer`, `timestamp with time zone`
 * @returns what takes a value, not null, as it came in JSON; big numbers may be texts or bigints
 */
export function valueKey(type: string): (value: unknown) => string {
  const read = /^(small|int|big|num)/.test(type)
    ? numberKey
    : /^(date|timestamp)/.test(type)
      ? momentKey
      : textKey
  return value => read(String(value))
}

/** UTF-16 has U+E000 to U+FFFF behind all that is higher: here each comes behind U+D7FF, the last one before that. */
export function textKey(text: string): string {
  return text.replace(/[\ue000-\uffff]/g, '\ud7ff$&')
}

/** Sign, how many digits are before the point, digits. NaN, Infinity and -Infinity stand right as they are. */
function numberKey(text: string): string {
  const [, minus, whole = '', fraction = '', exponent = 0] = /^(-?)(\d+)\.?(\d*)(?:e(.*))?$/i.exec(text) ?? []
  if (minus === undefined) return text
  const digits = whole + fraction
  const first = digits.search(/[1-9]/)
  if (first < 0) return '1'
  const scale = 500_000 + whole.length - first + Number(exponent)
  const key = scale + digits.slice(first).replace(/0+$/, '')
  // What has more digits behind the same ones is lower: `!` ends them, which is below all digits.
  return minus ? `0${upsideDown(`${key}!`)}` : `2${key}`
}

const moment = /^(\d+)(-\d+-\d+)(?:[T ]([\d:]+)(?:\.(\d+))?)?(?:([+-])([\d:]+))?( BC)?$/

/** Seconds, and what is behind their point: the same moment may be written with any offset. Infinities stand right as they are. */
function momentKey(text: string): string {
  const [, years, day, time = '', fraction = '', sign, offset = '', bc] = moment.exec(text) ?? []
  if (!years) return text
  // The year before 1 is 1 BC.
  const year = bc ? 1 - Number(years) : Number(years)
  // `Date` ends long before PostgreSQL does; 400 years always have as many seconds.
  const cycle = year % 400
  const seconds = Date.parse(`${2000 + cycle}${day}`) / 1000 + secondsOf(time)
  const ahead = secondsOf(offset) * (sign === '-' ? -1 : 1)
  // All have 16 digits.
  return 5e15 + seconds + (year - cycle) * 31_556_952 - ahead + fraction
}

/** @param text hours, minutes and seconds; what is missing is 0 */
function secondsOf(text: string): number {
  return text.split(':').reduce((sum, part, at) => sum + Number(part) * 60 ** (2 - at), 0)
}
