import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { counted } from '../../src/domain/counted.ts'

test('a number has its noun in the singular or the plural', () => {
  expect([0, 1, 2].map(count => counted(count, 'table'))).toEqual(['0 tables', '1 table', '2 tables'])
})

test('nothing that is printed leaves that to the reader', () => {
  const folder = new URL('../../src/', import.meta.url)
  const undecided = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.tsx?$/.test(name))
    .filter(name => /\} [a-z ]+\(s\)/.test(readFileSync(new URL(name, folder), 'utf8')))
  expect(undecided).toEqual([])
})
