import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const project = new URL('../../', import.meta.url)
const pageUrl = new URL('docs/guarantees.md', project)
const page = readFileSync(pageUrl, 'utf8')

function testsIn(text: string): URL[] {
  return [...text.matchAll(/\]\((\.\.\/test\/[^)#]*\.test\.ts)\)/g)].map(
    ([, path = '']) => new URL(path, pageUrl),
  )
}

describe('docs/guarantees.md', () => {
  test('calls each test by its name', () => {
    const names = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/test\/([^)]+)\.test\.ts\)/g)]
    expect(names.length).toBe(testsIn(page).length)
    expect(names.filter(([, shown, path]) => shown !== path).map(([link]) => link)).toEqual([])
  })

  test('names every test of the fault suite', () => {
    const named = new Set(testsIn(page).map(({ pathname }) => pathname))
    const faults = new URL('test/faults/', project)
    const files = readdirSync(faults, { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.test.ts'),
    )
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter(name => !named.has(new URL(name, faults).pathname))).toEqual([])
  })

  test('quotes titles of the tests beside them', () => {
    const invented = page.split('\n').flatMap(line => {
      const sources = testsIn(line).map(file => readFileSync(file, 'utf8'))
      const quotes = [...line.matchAll(/“([^”]+)”/g)].map(([, quote = '']) => quote)
      return sources.length === 0 ? [] : quotes.filter(quote => !sources.some(text => text.includes(quote)))
    })
    expect(invented).toEqual([])
  })
})
