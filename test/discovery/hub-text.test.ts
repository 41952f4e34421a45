import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatFingerprint, type HubText, readHubText, writeHubText } from '../../src/discovery/hub-text.ts'

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })

const texts: fc.Arbitrary<HubText> = fc
  .record({
    protocol: fc.option(fc.nat(99_999)),
    version: fc.constantFrom('0.1.0', '12.3.4-beta.1+5', null),
    hubId: fc.option(fc.uuid()),
    incarnation: fc.option(hex(8)),
    fingerprint: fc.option(hex(64)),
    path: fc.constantFrom('/', '/hub', '/office/hub/'),
  })
  .map(text => ({
    ...text,
    tls: text.fingerprint !== null,
    fingerprint: text.fingerprint === null ? null : formatFingerprint(text.fingerprint),
  }))

describe('the TXT record of a hub', () => {
  test('is read as it was written, in any order, with foreign keys between', () => {
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat()), (text, order) => {
        const strings = [...writeHubText(text), 'note=x', 'flag', '=y']
        const shuffled = strings
          .map(string => ({ string, at: order.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ string }) => Buffer.from(string))
        expect(readHubText(shuffled)).toEqual(text)
      }),
    )
  })

  test('is small: one packet holds it, whatever else is in it', () => {
    fc.assert(
      fc.property(texts, text => {
        expect(writeHubText(text).join('.').length).toBeLessThan(300)
      }),
    )
  })

  test('gives nothing but what looks as it should, whoever wrote it', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.constantFrom('v', 'version', 'tls', 'hub', 'inc', 'fp', 'path', '__proto__'), fc.string())
        .map(([key, value]) => Buffer.from(`${key}=${value}`)),
      fc.anything(),
    )
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(anything, { maxLength: 30 })), data => {
        const { version, hubId, incarnation, fingerprint, path } = readHubText(data)
        const url = new URL(`ws://10.0.0.1:8765${path}`)
        expect(url.host).toBe('10.0.0.1:8765')
        expect(url.pathname).toBe(path)
        for (const value of [version, hubId, incarnation, fingerprint])
          expect(value ?? '-').toMatch(/^[\w.:+-]{1,95}$/)
      }),
    )
  })

  test('counts the first of two values, and not what is longer than it may be', () => {
    const strings = ['inc=00000001', 'inc=00000002', `version=${'1'.repeat(200)}`, 'tls=1', 'fp=abc'].map(s =>
      Buffer.from(s),
    )
    expect(readHubText(strings)).toMatchObject({
      incarnation: '00000001',
      version: null,
      tls: true,
      fingerprint: null,
    })
  })
})
