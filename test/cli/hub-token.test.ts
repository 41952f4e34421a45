import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readHubToken } from '../../src/cli/hub-token.ts'

const cwd = mkdtempSync(join(tmpdir(), 'rtbridge-token-'))
afterAll(() => rmSync(cwd, { recursive: true }))
writeFileSync(join(cwd, 'desk.token'), 'from-file\n')
writeFileSync(join(cwd, 'empty.token'), '\n')
const env = { RTBRIDGE_TOKEN: 'from-variable' }

test('a token comes from the file, else from the variable, else there is none', () => {
  expect(readHubToken({ env, cwd }, 'desk.token')).toBe('from-file')
  expect(readHubToken({ env, cwd }, undefined)).toBe('from-variable')
  expect(readHubToken({ env: {}, cwd }, undefined)).toBe(null)
})

test.each(['empty.token', 'no.token'])('%s is told to hold none', file => {
  expect(() => readHubToken({ env, cwd }, file)).toThrowError(
    expect.objectContaining({ code: 'RTB_COMMAND_TOKEN' }),
  )
})
