import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const project = new URL('../../', import.meta.url)
const pageUrl = new URL('docs/guarantees.md', project)
const page = readFileSync(pageUrl, 'utf8')

/** What the links of a text lead to: a file, and the heading in it, if any. */
function linksOf(text: string): { file: URL; heading: string }[] {
  return [...text.matchAll(/\]\(([^)#]*)#?([^)]*)\)/g)].map(([, path = '', heading = '']) => ({
    file: path === '' ? pageUrl : new URL(path, pageUrl),
    heading,
  }))
}

function testsIn(text: string): URL[] {
  return linksOf(text)
    .map(({ file }) => file)
    .filter(({ pathname }) => pathname.endsWith('.test.ts'))
}

/** The anchors that a renderer gives to the headings of a page. */
function anchorsOf(file: URL): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('docs/guarantees.md', () => {
  test('leads only to files and headings that exist', () => {
    const broken = linksOf(page).filter(
      ({ file, heading }) => !existsSync(file) || (heading !== '' && !anchorsOf(file).includes(heading)),
    )
    expect(broken.map(({ file, heading }) => `${file.pathname}#${heading}`)).toEqual([])
  })

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
