import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'

function load(yaml: string, env: Record<string, string> = {}) {
  return loadConfig({
    env,
    cwd: '/office',
    flags: { config: 'rtbridge.yaml' },
    readFile: () => Buffer.from(yaml),
  })
}

test.each([
  ['RTB_CONFIG_SYNTAX', 'hub: { host: ['],
  ['RTB_CONFIG_INVALID', 'hub: { hots: 1 }'],
  ['RTB_CONFIG_UNSET', 'hub: { host: "$' + '{NOWHERE}" }'],
])('%s is what is said of %s', (code, yaml) => {
  expect(() => load(yaml)).toThrow(expect.objectContaining({ code, hint: expect.stringMatching(/\w/) }))
})

test('RTB_CONFIG_SETTING is what is said of a variable with a value that does not fit', () => {
  const code = 'RTB_CONFIG_SETTING'
  expect(() => load('', { RTBRIDGE_HUB_PORT: 'many' })).toThrow(expect.objectContaining({ code }))
})

test('RTB_CONFIG_NOT_FOUND is what is said of a file that was named and is not there', () => {
  const readFile = () => {
    throw Object.assign(new Error(), { code: 'ENOENT' })
  }
  const code = 'RTB_CONFIG_NOT_FOUND'
  const named = () => loadConfig({ env: {}, cwd: '/office', flags: { config: 'no.yaml' }, readFile })
  expect(named).toThrow(expect.objectContaining({ code }))
})
