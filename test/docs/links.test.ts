import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { blocksOf, type Page, readPages } from './pages.ts'

const project = new URL('../../', import.meta.url)
const pgRegress = 'test/pg-regress/README.md'
const url = new URL(pgRegress, project)
const pages = [...readPages(), { name: pgRegress, url, text: readFileSync(url, 'utf8') }]

/** What the links of a page lead to inside the project: a file, and the heading in it, if any. */
function linksOf({ url, text }: Page): { link: string; file: URL; heading: string }[] {
  const links = [...text.matchAll(/\]\(([^)\s#]*)#?([^)\s]*)\)/g)]
  return links
    .filter(([, path = '']) => !/^(https?|mailto):/.test(path))
    .map(([link, path = '', heading = '']) => ({
      link,
      file: path === '' ? url : new URL(path, url),
      heading: decodeURIComponent(heading),
    }))
}

/** The anchors that GitHub gives to the headings of a page; the second of one name ends in `-1`. */
function anchorsOf(file: URL): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const text = readFileSync(file, 'utf8').replace(/^```.*?^```/gms, '')
  const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
  return new Set(anchors)
}

test.each(pages.map(page => [page.name, page] as const))('every link of %s leads somewhere', (_, page) => {
  const broken = linksOf(page).filter(
    ({ file, heading }) => !existsSync(file) || (heading !== '' && !anchorsOf(file).has(heading)),
  )
  expect(broken.map(({ link }) => link)).toEqual([])
})

test('the index of docs/ names every page in it', () => {
  const [index] = pages.filter(({ name }) => name === 'docs/README.md')
  const named = new Set(index === undefined ? [] : linksOf(index).map(({ file }) => file.href))
  const missing = pages.filter(({ name, url }) => name.startsWith('docs/') && !named.has(url.href))
  expect(missing.map(({ name }) => name)).toEqual(['docs/README.md'])
})

test('the check finds a file and a heading that are not there', () => {
  const page = { name: 'x', url: new URL('docs/x.md', project), text: '[a](y.md) [b](client.md#nothing)' }
  const links = linksOf(page)
  expect(links.map(({ file }) => existsSync(file))).toEqual([false, true])
  expect(anchorsOf(new URL('docs/client.md', project)).has('nothing')).toBe(false)
  expect(blocksOf({ name: 'x', text: '```sh\n# no heading\n```\n' })).toHaveLength(1)
})
