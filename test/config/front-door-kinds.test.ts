import { expect, test } from 'vitest'
import { addressRange, exactName, exactOrigin, hubUrl } from '../../src/config/front-door-kinds.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { integer, list } from '../../src/config/value-kinds.ts'

test.each(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', 'loopback', 'private', 'link-local', 'any'])(
  '%s is an address, a range or a word for them',
  found => {
    expect(addressRange.parse(found)).toBe(found)
  },
)

test.each(['10.0.0.0/33', '10.0.0', 'fd00::/129', '10.0.0.0/8/8', '10.0.0.0/', 'fe80::1%eth0', 'desk', ''])(
  '%j is none',
  found => {
    expect(addressRange.parse(found)).toBeUndefined()
  },
)

test.each(['rt.example', 'desk', 'a_b.lan', 'address', 'any'])('%s is a host name', found => {
  expect(exactName.parse(found)).toBe(found)
})

test.each(['RT.example', 'rt.example.', 'rt.example:80', '*.example', 'http://a', '-a', ''])(
  '%j is none, because it would never match',
  found => {
    expect(exactName.parse(found)).toBeUndefined()
  },
)

test.each(['https://app.example', 'http://app.example:81', 'tauri://localhost', 'null', 'file://', 'none'])(
  '%s is an origin',
  found => {
    expect(exactOrigin.parse(found)).toBe(found)
  },
)

test.each([
  'https://app.example/',
  'https://app.example:443',
  'https://APP.example',
  'https://app.example.',
  'app.example',
  'https://*.example',
  'https://a@app.example',
  '*',
  '',
])('%j is none, because no browser writes it so', found => {
  expect(exactOrigin.parse(found)).toBeUndefined()
})

test('where a hub is found may be written as the URL of a page, and is kept as that of a WebSocket', () => {
  expect(hubUrl.parse('https://Desk.example')).toBe('wss://desk.example/')
  for (const found of ['desk:8765', 'ws://a:b@desk/', 'ws://desk/?x', 8765, '']) {
    expect(hubUrl.parse(found)).toBeUndefined()
  }
})

test('a list may be one value, several, none, or text with commas', () => {
  const numbers = list(integer(1, 10))
  expect(numbers.parse([1, 2])).toEqual([1, 2])
  expect(numbers.parse([])).toEqual([])
  expect(numbers.parse('3, 4')).toEqual([3, 4])
  expect(numbers.parse([1, 11])).toBeUndefined()
  expect(numbers.parse(7)).toBeUndefined()
  expect(numbers.parse({})).toBeUndefined()
})

test('a list comes from the file, or from a variable', () => {
  const readFile = () => Buffer.from('hub: { allow_hosts: [rt.example, address] }')
  const load = (env: Readonly<Record<string, string>>) =>
    loadConfig({ flags: { config: 'a.yaml' }, env, cwd: '/', readFile }).config.hub
  expect(load({}).allowHosts).toEqual(['rt.example', 'address'])
  const env = { RTBRIDGE_HUB_ALLOW_ADDRESSES: 'loopback,100.64.0.0/10' }
  expect(load(env).allowAddresses).toEqual(['loopback', '100.64.0.0/10'])
  expect(() => load({ RTBRIDGE_HUB_ALLOW_HOSTS: 'a:1' })).toThrow(/RTBRIDGE_HUB_ALLOW_HOSTS/)
})
