import { once } from '../domain/once.ts'
import { ar } from './ar.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'
import type { Catalogue, MessageKey } from './message.ts'

/** The languages there are, with their own names. */
export const languages = { en: 'English', fr: 'Français', ar: 'العربية' } as const

export type Language = keyof typeof languages

/** All texts by language. */
export const catalogues: Readonly<Record<Language, Catalogue>> = { en, fr, ar }

/** Puts texts into one language, and writes numbers, times and sizes as its readers do. */
export interface Translator {
  readonly language: Language
  readonly direction: 'ltr' | 'rtl'
  /** The text of a key; `count` decides its plural form and is written with the digits of the language. */
  readonly text: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string
  /** Whether there is a text of that name. */
  readonly has: (key: string) => key is MessageKey
  readonly number: (value: number) => string
  /** In B, kB, MB, GB. */
  readonly bytes: (value: number) => string
  /** Of milliseconds, in the unit that suits. */
  readonly duration: (ms: number) => string
  /** Date and time of an ISO 8601 text. */
  readonly time: (iso: string) => string
  /** Time of day with seconds. */
  readonly clock: (iso: string) => string
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
const durationUnits = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
  ['millisecond', 1],
] as const

/**
 * What it needs of `Intl` takes milliseconds to make, which every command would pay: it is made when it is used.
 * @see https://tc39.es/ecma402/
 */
export function createTranslator(language: Language): Translator {
  const catalogue = catalogues[language]
  const plurals = once(() => new Intl.PluralRules(language))
  const numbers = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }))
  const number = (value: number) => numbers().format(value)
  const withUnit = (value: number, unit: string) =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      // "0 byte" is no English.
      unitDisplay: unit === 'byte' ? 'long' : 'short',
      maximumFractionDigits: 1,
    }).format(value)
  const times = once(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }))
  const clocks = once(() => new Intl.DateTimeFormat(language, { timeStyle: 'medium' }))
  return {
    language,
    direction: language === 'ar' ? 'rtl' : 'ltr',
    number,
    has: (key): key is MessageKey => Object.hasOwn(catalogue, key),
    text: (key, values = {}) => {
      const message = catalogue[key]
      const form =
        typeof message === 'string'
          ? message
          : (message[plurals().select(Number(values['count'] ?? 0))] ?? message.other)
      return form.replace(/\{(\w+)\}/g, (_, name: string) => {
        const value = values[name] ?? ''
        return typeof value === 'number' ? number(value) : value
      })
    },
    bytes: value => {
      const power = Math.min(Math.floor(Math.log10(Math.max(1, value)) / 3), byteUnits.length - 1)
      return withUnit(value / 1_000 ** power, byteUnits[power] ?? 'byte')
    },
    duration: ms => {
      const [unit, size] = durationUnits.find(([, least]) => ms >= least) ?? (['millisecond', 1] as const)
      return withUnit(size === 1 ? Math.round(ms) : ms / size, unit)
    },
    time: iso => times().format(new Date(iso)),
    clock: iso => clocks().format(new Date(iso)),
  }
}

/** The first language of a list, as of `navigator.languages` or `LANG` (`fr_FR.UTF-8`), that there is; else English. */
export function chooseLanguage(wanted: readonly string[]): Language {
  const known = wanted.map(each => each.toLowerCase().split(/[-_.@]/, 1)[0] ?? '')
  return (known.find(each => Object.hasOwn(languages, each)) as Language | undefined) ?? 'en'
}
