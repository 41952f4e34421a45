import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BusMessage, readBusMessage, writeBusMessage } from '../../src/signals/bus-message.ts'
import { maxMessageLength, PartAssembler, readPart, splitMessage } from '../../src/signals/message-parts.ts'

function signal(data: unknown): BusMessage {
  return {
    kind: 'signal',
    signal: {
      eventId: 'e',
      eventType: 'TYPING',
      data: JSON.stringify(data),
      room: null,
      origin: 'desk',
      connectionId: 'c',
      at: '2026-01-01T00:00:00.000Z',
    },
  }
}

/** What an assembler makes of payloads. */
function assemble(payloads: readonly string[], parts = new PartAssembler()): (string | null)[] {
  return payloads.flatMap(payload => {
    const part = readPart(payload)
    return part === null ? [] : parts.add(part).text
  })
}

describe('a message between hubs', () => {
  test('arrives as it was, whatever is in it and however long it is', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 9_000, maxLength: 40_000 }))
    fc.assert(
      fc.property(fc.jsonValue(), text, (json, long) => {
        const message = signal({ json, long })
        const payloads = splitMessage('hub-1', 7, writeBusMessage(message))
        expect(payloads.every(payload => /^[\x20-\x7e]{1,7999}$/.test(payload))).toBe(true)
        const whole = assemble(payloads).filter(found => found !== null)
        expect(whole.map(readBusMessage)).toEqual([message])
      }),
      { numRuns: 50 },
    )
  })

  test('fits the longest one allowed into parts that NOTIFY takes', () => {
    const payloads = splitMessage('x'.repeat(64), 10 ** 14, 'y'.repeat(maxMessageLength))
    expect(Math.max(...payloads.map(payload => payload.length))).toBeLessThan(8_000)
    expect(assemble(payloads).at(-1)).toHaveLength(maxMessageLength)
  })

  test('is dropped when a part of it is lost, and the next one arrives', () => {
    const first = splitMessage('a', 1, 'x'.repeat(30_000))
    const second = splitMessage('a', 2, 'y'.repeat(30_000))
    const whole = assemble([...first.filter((_, index) => index !== 1), ...second])
    expect(whole.filter(text => text !== null)).toEqual(['y'.repeat(30_000)])
  })

  test('may be cut into those of other hubs', () => {
    const [a, b] = ['a', 'b'].map(hub => splitMessage(hub, 1, hub.repeat(15_000))) as [string[], string[]]
    const mixed = a.flatMap((part, index) => [part, b[index] ?? ''])
    expect(assemble(mixed).filter(text => text !== null)).toEqual(['a'.repeat(15_000), 'b'.repeat(15_000)])
  })

  test('costs bounded memory when messages are begun by thousands and never finished', () => {
    const parts = new PartAssembler()
    let lost = 0
    for (let hub = 0; hub < 5_000; hub++) {
      const [begin = ''] = splitMessage(`hub-${hub}`, 1, 'x'.repeat(15_000))
      const part = readPart(begin)
      if (part !== null && parts.add(part).lost) lost++
    }
    expect(lost).toBeGreaterThan(4_900)
  })

  test.each([
    '',
    'hello',
    '1 hub 1 2/1 text',
    '1 hub 1 1/9999 text',
    '1 hub x 1/1 text',
    `1 ${'h'.repeat(65)} 1 1/1 text`,
  ])('is not what anybody else writes on the channel: %j', payload => {
    expect(readPart(payload)).toBeNull()
  })

  test.each([
    'null',
    '[]',
    '{"kind":"other"}',
    '{"kind":"signal"}',
    JSON.stringify(signal(1)).replace('TYPING', 'INSERT'),
    JSON.stringify(signal(1)).replace('"data":"1"', '"data":"{"'),
    JSON.stringify(signal(1)).replace('"room":null', '"room":5'),
    JSON.stringify(signal(1)).replace('2026', 'today'),
    '{"kind":"hub","hub":{"host":"a","port":"1","rules":"","version":"","startedAt":"2026-01-01"}}',
  ])('is read only when a hub could have sent it: %s', text => {
    expect(readBusMessage(text)).toBeNull()
  })
})
