import { describe, expect, test } from 'vitest'
import { blocksOf, readPages } from './pages.ts'
import { callsInSentences } from './shell/spans.ts'
import { commandsOf } from './shell/split-commands.ts'

const pages = readPages()
const commandsIn = (name: string) =>
  pages.filter(page => page.name === name).flatMap(page => blocksOf(page).flatMap(commandsOf))
const callsIn = (name: string) => pages.filter(page => page.name === name).flatMap(callsInSentences)

describe.each(['docs/README.fr.md', 'docs/README.ar.md'])('%s', name => {
  test('shows the commands of README.md, in their order', () => {
    const shown = commandsIn(name)
    const original = commandsIn('README.md')
    expect(shown.length).toBeGreaterThan(8)
    expect(original.filter(command => shown.includes(command))).toEqual(shown)
  })

  test('has no command in its sentences that README.md has not', () => {
    const known = [...commandsIn('README.md'), ...callsIn('README.md')]
    expect(callsIn(name).length).toBeGreaterThan(3)
    expect(callsIn(name).filter(call => !known.includes(call))).toEqual([])
  })
})

test('the Arabic page runs from right to left, its commands from left to right', () => {
  const text = pages.find(page => page.name === 'docs/README.ar.md')?.text ?? ''
  expect(text.startsWith('<div dir="rtl" lang="ar">')).toBe(true)
  const fences = text.split('```').length - 1
  expect(text.split('<div dir="ltr">\n\n```').length - 1).toBe(fences / 2)
  expect(text.split('<div').length).toBe(text.split('</div>').length)
})
