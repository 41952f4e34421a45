import { expect, test } from 'vitest'
import { isLoopbackUrl, readHubUrl } from '../../src/domain/hub-address.ts'

test.each([
  ['ws://desk:8765', 'ws://desk:8765/'],
  ['WSS://Desk.Example/', 'wss://desk.example/'],
  ['http://10.0.0.1:80', 'ws://10.0.0.1/'],
  ['https://hubs.example/rt', 'wss://hubs.example/rt'],
  ['ws://[FD00::1]:8765', 'ws://[fd00::1]:8765/'],
])('%s is the URL %s', (text, url) => {
  expect(readHubUrl(text)).toBe(url)
  expect(readHubUrl(url)).toBe(url)
})

test.each([
  'desk:8765',
  'ftp://desk/',
  'ws://',
  'ws://desk:99999/',
  'ws://salma:secret@desk/',
  'ws://desk/?ticket=x',
  'ws://desk/?',
  'ws://desk/#x',
  'ws://fe80::1%eth0/',
  `ws://desk/${'x'.repeat(200)}`,
  '',
])('%j is none', text => {
  expect(readHubUrl(text)).toBeNull()
})

test.each([
  ['ws://127.0.0.1:1/', true],
  ['ws://127.9.9.9/', true],
  ['ws://127.1/', true],
  ['ws://localhost/', true],
  ['wss://hub.localhost/', true],
  ['ws://[::1]:1/', true],
  ['ws://127.example/', false],
  ['ws://10.0.0.1/', false],
  ['ws://localhost.example/', false],
])('%s leads to the own machine: %s', (url, isOwn) => {
  expect(isLoopbackUrl(readHubUrl(url) ?? '')).toBe(isOwn)
})
