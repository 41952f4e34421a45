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

/** UTF-16 has U+E000 to U+FFFF behind all that is higher: they change places. */
export function textKey(text: string): string {
  return text.replace(/[\ud800-\uffff]/g, unit =>
    String.fromCharCode(unit.charCodeAt(0) + (unit < '\ue000' ? 0x2000 : -0x800)),
  )
}

/** Sign, how many digits are before the point, digits. NaN, Infinity and -Infinity stand right as they are. */
function numberKey(text: string): string {
  const [, minus, whole = '', fraction = '', exponent = 0] = /^(-?)(\d*)\.?(\d*)(?:e(.*))?$/i.exec(text) ?? []
  if (minus === undefined) return text
  const digits = whole + fraction
  const first = digits.search(/[1-9]/)
  if (first < 0) return '1'
  const scale = 500_000 + whole.length - first + Number(exponent)
  const key = scale + digits.slice(first).replace(/0+$/, '')
  return minus ? `0${key.replace(/\d/g, digit => `${9 - Number(digit)}`)}~` : `2${key}`
}

const moment =
  /^(\d+)-(\d+)-(\d+)(?:[T ](\d+):(\d+):(\d+)(?:\.(\d+))?)?(?:([+-])(\d+):?(\d+)?:?(\d+)?)?( BC)?$/

/** Seconds, and what is behind their point: the same moment may be written with any offset. Infinities stand right as they are. */
function momentKey(text: string): string {
  const match = moment.exec(text)
  if (!match) return text
  const part = (at: number) => Number(match[at] ?? 0)
  // The year before 1 is 1 BC.
  const year = match[12] ? 1 - part(1) : part(1)
  const ahead = match[8] === '-' ? -1 : 1
  // `Date` ends long before PostgreSQL does, and takes the years 0 to 99 for others; 400 years always have as many seconds.
  const cycle = year % 400
  const [hour, minute, second] = [4, 5, 6].map(at => part(at) - ahead * part(at + 5)) as [
    number,
    number,
    number,
  ]
  const ms = Date.UTC(2000 + cycle, part(2) - 1, part(3), hour, minute, second)
  // All have 16 digits.
  return 2e15 + ms / 1000 + (year - cycle) * 31_556_952 + (match[7] ?? '')
}
