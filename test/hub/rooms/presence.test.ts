import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PresenceBus, PresenceMember, PresenceWord } from '../../../src/domain/presence.ts'
import { Presence, type PresentClient } from '../../../src/hub/rooms/presence.ts'
import { PresenceTally } from '../../../src/hub/rooms/presence-tally.ts'
import { ManualClock } from '../open-test-hub.ts'
import { textIn } from '../web-socket-frames.ts'

const limits = {
  presenceGraceMs: 5_000,
  presenceHeartbeatMs: 3_000,
  presenceRememberMs: 600_000,
  replyBytes: 262_144,
  maxRooms: 200,
}
/** In which whatever hubs have to say or forget is said and forgotten. */
const settleMs = 20_000

/** Hubs on one clock whose words go to every other hub, unless the air swallows them. */
function openFleet(names: readonly string[]) {
  const clock = new ManualClock()
  const hubs = new Map<string, { presence: Presence; receive: (from: string, word: PresenceWord) => void }>()
  const air = { swallows: false, words: 0 }
  const open = (hubId: string) => {
    let receive: (from: string, word: PresenceWord) => void = () => {}
    const bus: PresenceBus = {
      tell: word => {
        air.words++
        if (air.swallows) return true
        for (const [name, hub] of hubs) if (name !== hubId) hub.receive(hubId, word)
        return true
      },
      onWord: hear => {
        receive = hear
        return () => {}
      },
    }
    const presence = new Presence({ hubId, bus, clock, limits })
    hubs.set(hubId, { presence, receive: (from, word) => receive(from, word) })
    presence.start()
    return presence
  }
  for (const name of names) open(name)
  const end = (hubId: string, goodbye: boolean) => {
    hubs.get(hubId)?.presence.close()
    hubs.delete(hubId)
    if (goodbye) for (const hub of hubs.values()) hub.receive(hubId, { word: 'bye' })
  }
  /** In steps, so that timers set by timers run too. */
  const advance = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) clock.advance(50)
  }
  return { clock, hubs, air, open, end, advance, presence: (name: string) => hubs.get(name)?.presence }
}

interface Person {
  readonly id: string
  readonly user: string | null
  readonly rooms: readonly string[]
  readonly away?: boolean
  readonly clientId?: string
}

function client({ id, user, rooms, away = false, clientId = `client-${id}` }: Person): PresentClient {
  const identity = { user, roles: [], tenant: null, claims: {}, expiresAt: null, credential: null }
  return {
    id,
    clientId,
    appName: 'Desk',
    session: { identity },
    interests: { rooms: new Set(rooms) },
    rooms: { isAway: away },
  }
}

/** Who is there, as `name state`. */
function seen(presence: Presence | undefined, room: string | null): string[] {
  const here = presence?.members(room, 1_000).members.filter(({ state }) => state !== 'offline') ?? []
  return here.map(({ user, clientId, state }) => `${user ?? clientId} ${state}`).sort()
}

describe('presence', () => {
  test('has nothing to say where nobody is, and who comes first is known at once all the same', () => {
    const fleet = openFleet(['north', 'south'])
    fleet.advance(settleMs)
    const words = fleet.air.words
    fleet.advance(60_000)
    expect(fleet.air.words).toBe(words)
    fleet.presence('north')?.update(client({ id: '1', user: 'amira', rooms: [] }))
    fleet.advance(100)
    expect(seen(fleet.presence('south'), null)).toEqual(['amira online'])
    fleet.advance(60_000)
    expect(seen(fleet.presence('south'), null)).toEqual(['amira online'])
    fleet.presence('north')?.leave('1')
    fleet.advance(60_000)
    expect(seen(fleet.presence('south'), null)).toEqual([])
  })

  test('waits for nothing where nobody is or is remembered', () => {
    const fleet = openFleet(['north', 'south'])
    fleet.advance(settleMs)
    expect(fleet.clock.timers).toBe(0)
    fleet.presence('north')?.update(client({ id: '1', user: 'amira', rooms: ['office'] }))
    fleet.advance(60_000)
    expect(fleet.clock.timers).toBeGreaterThan(0)
    fleet.presence('north')?.leave('1')
    fleet.advance(60_000)
    expect(fleet.presence('south')?.members('office', 10).total).toBe(1)
    fleet.advance(limits.presenceRememberMs + settleMs)
    expect(fleet.presence('south')?.members('office', 10).total).toBe(0)
    expect(fleet.clock.timers).toBe(0)
  })

  test('counts several connections of one user once, away when all of them are', () => {
    const { presence } = openFleet(['a'])
    const hub = presence('a')
    hub?.update(client({ id: '1', user: 'zoe', rooms: ['office'] }))
    hub?.update(client({ id: '2', user: 'zoe', rooms: ['office'], away: true }))
    hub?.update(client({ id: '3', user: null, rooms: [] }))
    expect(seen(hub, 'office')).toEqual(['zoe online'])
    expect(seen(hub, null)).toEqual(['client-3 online', 'zoe online'])
    hub?.update(client({ id: '1', user: 'zoe', rooms: ['office'], away: true }))
    expect(seen(hub, 'office')).toEqual(['zoe away'])
  })

  test('does not take a tool for somebody who is there', () => {
    const { presence, advance } = openFleet(['a', 'b'])
    presence('a')?.update(client({ id: '1', user: null, rooms: ['office'], clientId: 'rtbridge:tail' }))
    presence('a')?.update(client({ id: '2', user: 'zoe', rooms: ['office'], clientId: 'rtbridge:dashboard' }))
    presence('a')?.update(client({ id: '3', user: 'amira', rooms: ['office'] }))
    advance(200)
    for (const name of ['a', 'b']) expect(seen(presence(name), 'office')).toEqual(['amira online'])
    presence('a')?.leave('2')
    advance(settleMs)
    expect(presence('b')?.members(null, 10).total).toBe(1)
  })

  test('a connection that comes back within the grace time is not seen to have gone', () => {
    const { presence, advance, hubs } = openFleet(['a', 'b'])
    presence('a')?.update(client({ id: '1', user: 'zoe', rooms: ['office'] }))
    advance(200)
    presence('a')?.leave('1')
    advance(3_000)
    expect(seen(presence('b'), 'office')).toEqual(['zoe online'])
    presence('b')?.update(client({ id: '9', user: 'zoe', rooms: ['office'] }))
    advance(settleMs)
    for (const name of hubs.keys()) {
      const [zoe] = presence(name)?.members('office', 10).members ?? []
      // It never changed: she is online since she came.
      expect(zoe).toMatchObject({ user: 'zoe', state: 'online' })
      expect(Date.parse(zoe?.since ?? '')).toBeLessThan(Date.UTC(2026, 0, 1) + 500)
    }
  })

  test('leaving a room is seen at once, leaving altogether after the grace time', () => {
    const { presence, advance } = openFleet(['a', 'b'])
    presence('a')?.update(client({ id: '1', user: 'zoe', rooms: ['office', 'lobby'] }))
    advance(200)
    presence('a')?.update(client({ id: '1', user: 'zoe', rooms: ['lobby'] }))
    advance(200)
    expect([seen(presence('b'), 'office'), seen(presence('b'), 'lobby')]).toEqual([[], ['zoe online']])
    presence('a')?.leave('1')
    advance(4_500)
    expect(seen(presence('b'), 'lobby')).toEqual(['zoe online'])
    advance(1_000)
    expect(presence('b')?.members('lobby', 10).members).toMatchObject([
      { user: 'zoe', state: 'offline', appNames: ['Desk'] },
    ])
    advance(limits.presenceRememberMs + 5_000)
    expect(presence('b')?.members('lobby', 10).members).toEqual([])
  })

  test('people of a hub that falls silent are gone within 15 seconds, of one that says goodbye after the grace', () => {
    const { presence, advance, end } = openFleet(['a', 'b', 'c'])
    presence('b')?.update(client({ id: '1', user: 'zoe', rooms: ['office'] }))
    presence('c')?.update(client({ id: '2', user: 'ali', rooms: ['office'] }))
    advance(1_000)
    expect(seen(presence('a'), 'office')).toEqual(['ali online', 'zoe online'])
    end('c', true)
    advance(limits.presenceGraceMs + 200)
    expect(seen(presence('a'), 'office')).toEqual(['zoe online'])
    end('b', false)
    advance(15_000)
    expect(seen(presence('a'), 'office')).toEqual([])
  })

  test('a watcher is told what changes once, and who does not read is told the whole when he does', () => {
    const { presence, advance } = openFleet(['a', 'b'])
    const [quick, slow] = [
      { frames: [] as Buffer[], replyBytes: 0 },
      { frames: [] as Buffer[], replyBytes: 1e9 },
    ]
    for (const [id, box] of Object.entries({ quick, slow })) {
      const push = ({ frames }: { readonly frames: readonly Buffer[] }) => void box.frames.push(...frames)
      const queue = {
        push,
        get replyBytes() {
          return box.replyBytes
        },
      }
      presence('b')?.watchers.add({ id, feed: { queue } }, 'office', 'office')
    }
    presence('a')?.update(client({ id: '1', user: 'zoe', rooms: ['office'] }))
    presence('a')?.update(client({ id: '2', user: 'zoe', rooms: ['office'] }))
    advance(5_000)
    presence('a')?.update(client({ id: '3', user: 'ali', rooms: ['elsewhere'] }))
    advance(5_000)
    const told = ({ frames }: { readonly frames: readonly Buffer[] }) =>
      frames.map(frame => JSON.parse(textIn(frame)))
    expect(told(quick)).toMatchObject([
      {
        message_type: 'presence_event',
        data: { room: 'office', members: [{ user: 'zoe', state: 'online' }] },
      },
    ])
    expect(told(slow)).toEqual([])
    slow.replyBytes = 0
    advance(5_000)
    expect(told(slow)).toMatchObject([
      { message_type: 'presence', data: { total: 1, members: [{ user: 'zoe' }] } },
    ])
    presence('b')?.watchers.remove('quick')
    presence('a')?.update(client({ id: '1', user: 'zoe', rooms: [] }))
    presence('a')?.update(client({ id: '2', user: 'zoe', rooms: [] }))
    advance(1_000)
    expect(told(quick)).toHaveLength(1)
    expect(told(slow)[1]).toMatchObject({
      message_type: 'presence_event',
      data: { members: [{ state: 'offline' }] },
    })
  })

  test('who does not read is told the whole when he does, though everybody has been forgotten by then', () => {
    const { presence, advance } = openFleet(['a'])
    const frames: Buffer[] = []
    let replyBytes = 0
    const queue = {
      push: (out: { readonly frames: readonly Buffer[] }) => void frames.push(...out.frames),
      get replyBytes() {
        return replyBytes
      },
    }
    presence('a')?.watchers.add({ id: 'slow', feed: { queue } }, 'office', 'office')
    presence('a')?.update(client({ id: '1', user: 'zoe', rooms: ['office'] }))
    advance(1_000)
    expect(frames).toHaveLength(1)
    replyBytes = 1e9
    presence('a')?.leave('1')
    advance(limits.presenceRememberMs + settleMs)
    replyBytes = 0
    advance(limits.presenceHeartbeatMs)
    expect(frames.slice(1).map(frame => JSON.parse(textIn(frame)))).toMatchObject([
      { message_type: 'presence', data: { room: 'office', members: [], total: 0 } },
    ])
  })
})

const hubNames = ['a', 'b', 'c']
const rooms = ['office', 'lobby']
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('put' as const),
      hub: fc.constantFrom(...hubNames),
      id: fc.integer({ min: 0, max: 5 }),
      user: fc.constantFrom(null, 'zoe', 'ali'),
      away: fc.boolean(),
      rooms: fc.subarray(rooms),
    }),
    fc.record({
      kind: fc.constant('leave' as const),
      hub: fc.constantFrom(...hubNames),
      id: fc.integer({ min: 0, max: 5 }),
    }),
    fc.record({
      kind: fc.constant('crash' as const),
      hub: fc.constantFrom(...hubNames),
      goodbye: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('open' as const), hub: fc.constantFrom(...hubNames) }),
    fc.record({ kind: fc.constant('air' as const), swallows: fc.boolean() }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 50, max: 12_000 }) }),
  ),
  { maxLength: 40 },
)

test('whatever happens to connections, hubs and words between them, in the end every hub sees who is there', () => {
  fc.assert(
    fc.property(steps, script => {
      const fleet = openFleet(hubNames)
      /** Connections by hub: the whole model. */
      const model = new Map<string, Map<string, Person>>(hubNames.map(name => [name, new Map()]))
      for (const step of script) {
        if (step.kind === 'wait') fleet.advance(step.ms)
        else if (step.kind === 'air') fleet.air.swallows = step.swallows
        else if (step.kind === 'crash') {
          fleet.end(step.hub, step.goodbye)
          model.delete(step.hub)
        } else if (step.kind === 'open') {
          if (model.has(step.hub)) continue
          fleet.open(step.hub)
          model.set(step.hub, new Map())
        } else {
          const people = model.get(step.hub)
          if (people === undefined) continue
          const id = `${step.hub}${step.id}`
          if (step.kind === 'leave') {
            fleet.presence(step.hub)?.leave(id)
            people.delete(id)
            continue
          }
          // A connection that has ended never comes back, and no user changes on one.
          const known = people.get(id)
          if (known === undefined && everLived.has(id)) continue
          const person = { id, user: known?.user ?? step.user, rooms: step.rooms, away: step.away }
          everLived.add(id)
          people.set(id, person)
          fleet.presence(step.hub)?.update(client(person))
        }
      }
      everLived.clear()
      fleet.air.swallows = false
      fleet.advance(settleMs)
      const everybody = [...model.values()].flatMap(people => [...people.values()])
      for (const room of [null, ...rooms]) {
        const expected = expectedIn(everybody, room)
        for (const name of fleet.hubs.keys())
          expect([name, room, seen(fleet.presence(name), room)]).toEqual([name, room, expected])
      }
    }),
    { numRuns: 300 },
  )
})

const everLived = new Set<string>()

function expectedIn(everybody: readonly Person[], room: string | null): string[] {
  const here = everybody.filter(person => room === null || person.rooms.includes(room))
  const names = new Set(here.map(({ user, id }) => user ?? `client-${id}`))
  return [...names]
    .map(name => {
      const own = here.filter(({ user, id }) => (user ?? `client-${id}`) === name)
      return `${name} ${own.every(({ away }) => away) ? 'away' : 'online'}`
    })
    .sort()
}

test('what one was shown, and what changes said since, is who is there, whenever one asks', () => {
  const entry = fc.record({
    id: fc.constantFrom('1', '2', '3', '4'),
    user: fc.constantFrom(null, 'zoe'),
    away: fc.boolean(),
    rooms: fc.subarray(rooms),
    isThere: fc.boolean(),
    follows: fc.constantFrom('nothing', 'tell', 'ask'),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), script => {
      const tally = new PresenceTally({ timestamp: () => '2026-01-01T00:00:00.000Z', maxRemembered: 100 })
      const nameOf = (room: string | null, { user, clientId }: PresenceMember) =>
        JSON.stringify([room, user, clientId])
      const shown = () => {
        const list = [null, ...rooms].flatMap(room =>
          tally.members(room, 100).members.map(member => [nameOf(room, member), member.state] as const),
        )
        return new Map<string, string>(list)
      }
      const watchers = [new Map<string, string>()]
      const tell = () => {
        for (const { room, member } of tally.takeChanges())
          for (const watcher of watchers) watcher.set(nameOf(room, member), member.state)
      }
      for (const { isThere, follows, ...rest } of script) {
        if (isThere) tally.put({ ...rest, clientId: rest.id, appName: 'Desk' })
        else tally.remove(rest.id)
        if (follows === 'tell') tell()
        if (follows === 'ask') watchers.push(shown())
      }
      tell()
      const isHere = ([, state]: readonly [string, string]) => state !== 'offline'
      const there = new Map([...shown()].filter(isHere))
      for (const watcher of watchers) expect(new Map([...watcher].filter(isHere))).toEqual(there)
    }),
    { numRuns: 300 },
  )
})

test('only so many of those who went are remembered', () => {
  const tally = new PresenceTally({ timestamp: () => '2026-01-01T00:00:00.000Z', maxRemembered: 10 })
  for (let n = 0; n < 100; n++) {
    tally.put({ id: `${n}`, user: null, clientId: `${n}`, appName: 'Desk', away: false, rooms: ['office'] })
    tally.takeChanges()
    tally.remove(`${n}`)
    tally.takeChanges()
  }
  expect(tally.members('office', 100).total + tally.members(null, 100).total).toBe(10)
})
