import { pickInteger, pickItem, type Random } from '../../src/demo/seeded-random.ts'
import { frame } from '../support/raw-socket.ts'

/** Bytes that somebody throws at a hub after the upgrade. */
export interface HostileFrame {
  readonly kind: string
  readonly bytes: Buffer
  /** No more than this can come of the connection: it is broken, or nobody can say where the next frame begins. */
  readonly breaks: boolean
}

type Make = (random: Random) => Omit<HostileFrame, 'kind'>

const types = [
  'register',
  'subscribe',
  'unsubscribe',
  'join',
  'leave',
  'presence',
  'custom_event',
  'ping',
  'auth',
  'snapshot',
]
const keys = [
  'app_name',
  'client_id',
  'token',
  'batch',
  'resume',
  'subscriptions',
  'id',
  'events',
  'tables',
  'rooms',
  'where',
  'since',
  'conflate_ms',
  'room',
  'event_type',
  'data',
  'durable',
  '__proto__',
  'constructor',
  'toString',
]
const nastyTexts = [
  '',
  '\u0000',
  '\u001b[31m',
  '\r\n',
  '\ud800',
  '🧨'.repeat(50),
  'x'.repeat(5_000),
  "'; DROP TABLE item; --",
  '../../etc/passwd',
  '{{7*7}}%s%n',
  '*'.repeat(200),
  'INSERT',
  '__proto__',
  'new.id == 1 ||',
  '[1,2].all(a, [1,2].all(b, a == b))',
  '"a".matches("(a+)+$")',
  'AAAAAAAAAAAAAAAAAAAAAAAA',
]

const text = (value: unknown) => frame(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null'))
const sent = (bytes: Buffer) => ({ bytes, breaks: false })
const broken = (bytes: Buffer) => ({ bytes, breaks: true })
const randomBytes = (random: Random, most: number) =>
  Buffer.from(Array.from({ length: pickInteger(random, 1, most) }, () => Math.floor(random() * 256)))

/** Any JSON, a few levels deep. */
function anyValue(random: Random, depth = 0): unknown {
  const kind = random()
  if (kind < 0.25) return pickItem(random, nastyTexts)
  if (kind < 0.4) return pickItem(random, [0, -1, 1e308, 2 ** 53, 0.1, -0])
  if (kind < 0.5) return pickItem(random, [null, true, false])
  if (depth > 3) return null
  if (kind < 0.7) return Array.from({ length: pickInteger(random, 0, 6) }, () => anyValue(random, depth + 1))
  return anyObject(random, depth)
}

function anyObject(random: Random, depth: number): unknown {
  const members = Array.from({ length: pickInteger(random, 0, 6) }, () => {
    const key = JSON.stringify(random() < 0.8 ? pickItem(random, keys) : pickItem(random, nastyTexts))
    return `${key}:${JSON.stringify(anyValue(random, depth + 1)) ?? 'null'}`
  })
  return JSON.parse(`{${members.join(',')}}`)
}

/** A message that is right in itself, whether or not it is its turn. */
function rightMessage(random: Random): unknown {
  const id = `s${pickInteger(random, 0, 150)}`
  const data = pickItem(random, [
    { message_type: 'ping', data: {} },
    { message_type: 'register', data: { app_name: 'hostile', batch: random() < 0.5 } },
    { message_type: 'register', data: { app_name: 'hostile', resume: pickItem(random, nastyTexts) } },
    { message_type: 'subscribe', data: { id, tables: ['*'], where: 'new.id > 5' } },
    { message_type: 'subscribe', data: { id, events: ['INSERT'], conflate_ms: 50 } },
    { message_type: 'subscribe', data: { id, since: pickItem(random, nastyTexts) } },
    { message_type: 'unsubscribe', data: { id } },
    { message_type: 'join', data: { room: id } },
    { message_type: 'leave', data: { room: id } },
    { message_type: 'custom_event', data: { event_type: 'NOTE', data: anyValue(random), room: 'nobody' } },
  ])
  return random() < 0.3 ? { ...data, message_id: id } : data
}

const makers: readonly (readonly [kind: string, share: number, make: Make])[] = [
  ['right message in any order', 30, random => sent(text(rightMessage(random)))],
  [
    'wrong fields',
    25,
    random => sent(text({ message_type: pickItem(random, types), data: anyValue(random) })),
  ],
  ['some JSON', 12, random => sent(text(anyValue(random)))],
  [
    'cut JSON',
    8,
    random => {
      const whole = JSON.stringify(rightMessage(random))
      return sent(text(whole.slice(0, pickInteger(random, 0, whole.length - 1))))
    },
  ],
  [
    'deep JSON',
    4,
    random => sent(text((random() < 0.5 ? '[' : '{"a":').repeat(pickInteger(random, 60, 9_000)))),
  ],
  ['binary', 4, random => sent(frame(randomBytes(random, 300), { opcode: 2 }))],
  ['ping or pong', 4, random => sent(frame(randomBytes(random, 125), { opcode: random() < 0.5 ? 9 : 10 }))],
  [
    'fragments',
    4,
    random => {
      const whole = Buffer.from(JSON.stringify(rightMessage(random)))
      const at = pickInteger(random, 0, whole.length)
      return sent(
        Buffer.concat([
          frame(whole.subarray(0, at), { isLast: false }),
          frame(whole.subarray(at), { opcode: 0 }),
        ]),
      )
    },
  ],
  ['raw bytes', 1, random => broken(randomBytes(random, 400))],
  [
    'broken frame',
    6,
    random =>
      broken(
        pickItem(random, [
          frame('{}', { isMasked: false }),
          frame('{}', { reserved: pickInteger(random, 1, 7) }),
          frame('{}', { opcode: pickInteger(random, 3, 7) }),
          frame('{}', { opcode: 0 }),
          frame('{}', { opcode: 9, isLast: false }),
          frame('x'.repeat(126), { opcode: 10 }),
          frame(Buffer.from([0xc3, 0x28])),
          frame('x', { opcode: 8 }),
          frame(Buffer.from([0x03, 0xed]), { opcode: 8 }),
          frame('x', { announced: 2 ** 31 }),
          Buffer.concat([frame('{', { isLast: false }), frame('{}')]),
          Buffer.concat(
            Array.from({ length: 70 }, (_, i) => frame('x', { opcode: i ? 0 : 1, isLast: false })),
          ),
        ]) ?? Buffer.alloc(0),
      ),
  ],
  ['too large', 1, random => broken(frame('x'.repeat(pickInteger(random, 66_000, 200_000))))],
  ['goodbye', 1, () => broken(frame(Buffer.from([0x03, 0xe8]), { opcode: 8 }))],
]

const total = makers.reduce((sum, [, share]) => sum + share, 0)

/** The next frame; what it is depends on the random source alone. */
export function makeHostileFrame(random: Random): HostileFrame {
  let at = random() * total
  for (const [kind, share, make] of makers) {
    at -= share
    if (at < 0) return { kind, ...make(random) }
  }
  throw new Error('the shares do not add up')
}
