import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const project = new URL('../../', import.meta.url)
const pageUrl = new URL('docs/attacks.md', project)
const page = readFileSync(pageUrl, 'utf8')
const rows = page.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| attack'))

function testsIn(text: string): { shown: string; file: URL }[] {
  return [...text.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)].map(([, shown = '', path = '']) => ({
    shown,
    file: new URL(path, pageUrl),
  }))
}

describe('docs/attacks.md', () => {
  test('has a test for each attack, called by its name, and it exists', () => {
    expect(rows.length).toBeGreaterThan(15)
    expect(rows.filter(row => testsIn(row).length === 0)).toEqual([])
    const wrong = testsIn(page).filter(
      ({ shown, file }) => !existsSync(file) || !file.pathname.endsWith(`/test/${shown}.test.ts`),
    )
    expect(wrong.map(({ shown }) => shown)).toEqual([])
  })

  test('quotes titles of the tests beside them', () => {
    const invented = rows.flatMap(row => {
      const sources = testsIn(row).map(({ file }) => readFileSync(file, 'utf8'))
      const quotes = [...row.matchAll(/“([^”]+)”/g)].map(([, quote = '']) => quote)
      return quotes.filter(quote => !sources.some(text => text.includes(quote)))
    })
    expect(invented).toEqual([])
  })

  test('names every test of the folder', () => {
    const named = new Set(testsIn(page).map(({ file }) => file.pathname))
    const folder = new URL('test/attacks/', project)
    const files = readdirSync(folder).filter(name => name.endsWith('.test.ts'))
    expect(files.filter(name => !named.has(new URL(name, folder).pathname))).toEqual([])
  })
})
