import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readClientMessage } from '../../src/protocol/read-client-message.ts'

const limits = { maxFrameBytes: 1_000, maxDepth: 10, maxWhereLength: 40 }
const read = (text: string) => readClientMessage(text, limits)

describe('reading a frame', () => {
  test('accepts what the first apps send', () => {
    expect(read('{"message_type":"register","data":{"app_name":"x"}}')).toEqual({
      ok: true,
      message: { type: 'register', data: { app_name: 'x' }, messageId: null },
    })
    expect(read('{"message_type":"ping"}').ok).toBe(true)
  })

  test('drops unknown fields', () => {
    const reading = read('{"message_type":"join","data":{"room":"r","colour":"red"},"version":7}')
    expect(reading).toMatchObject({ message: { data: { room: 'r' } } })
    expect(JSON.stringify(reading)).not.toContain('colour')
  })

  test.each([
    ['{', { kind: 'not-json' }],
    ['[]', { kind: 'invalid', path: 'the frame' }],
    ['null', { kind: 'invalid', path: 'the frame' }],
    ['{"message_type":"joim"}', { kind: 'unknown-type', suggestion: 'join' }],
    ['{"message_type":"telepathy"}', { kind: 'unknown-type', suggestion: null }],
    ['{"message_type":"presence","data":{"state":"gone"}}', { kind: 'invalid', path: 'data.state' }],
    ['{"message_type":"__proto__"}', { kind: 'unknown-type' }],
    ['{"message_type":"join","data":{}}', { kind: 'invalid', path: 'data.room' }],
    [
      '{"message_type":"subscribe","data":{"id":"a","events":[1]}}',
      { kind: 'invalid', path: 'data.events.0' },
    ],
    [
      '{"message_type":"subscribe","data":{"id":"a","snapshot":true}}',
      { kind: 'invalid', path: 'data.tables' },
    ],
    [`"${'x'.repeat(1_000)}"`, { kind: 'too-large' }],
    [`"${'é'.repeat(500)}"`, { kind: 'too-large' }],
    [`${'['.repeat(500)}`, { kind: 'too-deep' }],
  ])('says what is wrong with %s', (text, problem) => {
    expect(read(text)).toMatchObject({ ok: false, problem })
  })

  test('takes brackets inside strings for text', () => {
    expect(read(`{"message_type":"ping","data":{"a":"${'[{\\"'.repeat(50)}"}}`).ok).toBe(true)
  })

  test('leaves the prototype of every object alone', () => {
    read(
      '{"message_type":"custom_event","data":{"event_type":"A","data":{"__proto__":{"polluted":1}}},"__proto__":{"polluted":1}}',
    )
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        expect(typeof read(text).ok).toBe('boolean')
      }),
    )
  })

  test('refuses a longer `where` than configured, wherever it stands', () => {
    const where = 'x'.repeat(41)
    const problem = { kind: 'invalid', problem: 'is longer than 40 characters (limits.filter_length)' }
    expect(read(JSON.stringify({ message_type: 'subscribe', data: { id: 'a', where } }))).toMatchObject({
      problem: { ...problem, path: 'data.where' },
    })
    const subscriptions = [
      { id: 'a', where: 'true' },
      { id: 'b', where },
    ]
    expect(
      read(JSON.stringify({ message_type: 'register', data: { app_name: 'x', subscriptions } })),
    ).toMatchObject({ problem: { ...problem, path: 'data.subscriptions.1.where' } })
  })
})
