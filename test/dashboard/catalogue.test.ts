import { describe, expect, test } from 'vitest'
import type { MessageKey } from '../../src/catalogue/message.ts'
import type { Language } from '../../src/catalogue/translator.ts'
import { catalogues, chooseLanguage, createTranslator, languages } from '../../src/catalogue/translator.ts'
import { checkNames } from '../../src/cli/doctor/examine.ts'

const names = Object.keys(languages) as Language[]
const keys = Object.keys(catalogues.en) as MessageKey[]

const placeholdersOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
const formsOf = (message: unknown): string[] =>
  typeof message === 'string' ? [message] : Object.values(message as Record<string, string>)

describe.each(names)('the catalogue: %s', language => {
  const catalogue = catalogues[language]

  test('has every text, and no other', () => {
    expect(Object.keys(catalogue).sort()).toEqual([...keys].sort())
    for (const key of keys)
      for (const form of formsOf(catalogue[key])) expect([key, form.trim()]).not.toContain('')
  })

  test('has every plural form of the language where English has one, and nowhere else', () => {
    const wanted = [...new Intl.PluralRules(language).resolvedOptions().pluralCategories].sort()
    for (const key of keys) {
      const [message, english] = [catalogue[key], catalogues.en[key]]
      expect([key, typeof message]).toEqual([key, typeof english])
      if (typeof message !== 'string') expect([key, Object.keys(message).sort()]).toEqual([key, wanted])
    }
  })

  test('names the values that English names', () => {
    for (const key of keys) {
      const known = new Set(formsOf(catalogues.en[key]).flatMap(placeholdersOf))
      for (const form of formsOf(catalogue[key])) {
        // "One client" needs no number; a text without plurals needs all.
        const named = placeholdersOf(form)
        expect([key, named.filter(name => !known.has(name))]).toEqual([key, []])
        if (typeof catalogue[key] === 'string') expect([key, named]).toEqual([key, [...known].sort()])
      }
    }
  })
})

test('every check of the doctor has a title in the catalogue, and there is no other', () => {
  const prefix = 'doctor.check.'
  const titled = keys.filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length))
  expect(titled).toEqual(checkNames)
})

describe('a translator', () => {
  test('takes the six forms of Arabic', () => {
    const { text } = createTranslator('ar')
    const said = [0, 1, 2, 3, 11, 100].map(count => text('live.shown', { count }))
    expect(said).toEqual(['لا أحداث', 'حدث واحد', 'حدثان', '3 أحداث', '11 حدثًا', '100 حدث'])
  })

  test('takes the singular of French for zero, and of English for one alone', () => {
    expect(createTranslator('fr').text('clients.count', { count: 0 })).toBe('0 client')
    expect(createTranslator('en').text('clients.count', { count: 0 })).toBe('0 clients')
  })

  test('takes the first language of a browser that there is', () => {
    expect(chooseLanguage(['de-DE', 'ar-TN', 'fr'])).toBe('ar')
    expect(chooseLanguage(['constructor', 'xx'])).toBe('en')
  })

  test('writes sizes and durations in the unit that suits', () => {
    const { bytes, duration } = createTranslator('en')
    expect([0, 1_500, 2_000_000].map(bytes)).toEqual(['0 bytes', '1.5 kB', '2 MB'])
    expect([0.4, 250, 90_000, 86_400_000].map(duration)).toEqual(['0 ms', '250 ms', '1.5 min', '1 day'])
  })
})
