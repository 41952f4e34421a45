import { describe, expect, test } from 'vitest'
import { settings } from '../../../src/config/settings.ts'
import { createOriginList } from '../../../src/transports/door/origin-list.ts'

const isGood = createOriginList([...settings['hub.allow_origins'].fallback, 'https://app.example'])
const from = (origin: string | undefined, host = 'desk.local:8765', isEncrypted = false) =>
  isGood({ origin, host, isEncrypted })

describe('the list of origins', () => {
  test.each([
    undefined,
    'tauri://localhost',
    'http://tauri.localhost',
    'https://tauri.localhost',
    'http://localhost:5173',
    'http://127.0.0.1:3000',
    'https://[::1]:3000',
    'http://desk.local:8765',
    'https://app.example',
  ])('lets %s in', origin => {
    expect(from(origin)).toBe(true)
  })

  test.each([
    'https://evil.example',
    'https://app.example.evil.org',
    'https://evil-app.example',
    'https://app.example.',
    'https://APP.example',
    'HTTPS://app.example',
    'https://app.example:443',
    'https://app.example:8443',
    'http://app.example',
    'https://app.example/',
    'https://app.example@evil.org',
    'https://app.example, https://evil.example',
    'https://xn--pp-8ia.example',
    'http://localhost.evil.org',
    'http://localhost:5173.evil.org',
    'http://localhost:80@evil.org',
    'http://127.0.0.1.evil.org',
    'http://127.0.0.2:3000',
    'tauri://localhost.evil.org',
    'http://sub.tauri.localhost',
    'http://desk.local:9999',
    'http://desk.local',
    'null',
    'file://',
    'none',
    'same-origin',
    'any',
    '',
    ' ',
  ])('refuses %j', origin => {
    expect(from(origin)).toBe(false)
  })

  test('knows its own pages with the standard port left out, as browsers leave it', () => {
    expect(from('http://desk.local', 'desk.local:80')).toBe(true)
    expect(from('https://desk.local', 'desk.local')).toBe(true)
    expect(from('https://desk.local', 'desk.local:80')).toBe(false)
  })

  test('calls no page without encryption the same as a hub that has it', () => {
    expect(from('http://desk.local:8765', 'desk.local:8765', true)).toBe(false)
    expect(from('https://desk.local:8765', 'desk.local:8765', true)).toBe(true)
  })

  test('lets `null` in only where it is written', () => {
    const withNull = createOriginList(['null'])
    expect(withNull({ origin: 'null', host: 'desk', isEncrypted: false })).toBe(true)
    expect(withNull({ origin: undefined, host: 'desk', isEncrypted: false })).toBe(false)
  })
})
