import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPolicyRules } from '../../src/access/policy-rules.ts'
import { parseCursor } from '../../src/domain/cursor.ts'
import type { Connection } from '../../src/hub/connections/connection.ts'
import type { Hub } from '../../src/hub/hub.ts'
import { createEventMapper } from '../../src/mapping/event-mapper.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'
import { closeCodes } from '../../src/protocol/close-codes.ts'
import { TokenTable } from '../support/token-table.ts'
import { FakePeer } from './fake-peer.ts'
import { checkpointAt, incarnation } from './memory-history.ts'
import { ManualClock, message, openTestHub, settle } from './open-test-hub.ts'
import { expectedOf } from './policy-oracle.ts'
import type { Desk } from './policy-scenario.ts'
import { scenario as baseScenario } from './policy-scenario.ts'
import type { PlainIdentity } from './policy-world.ts'
import { tableRules, toChange, toPolicies } from './policy-world.ts'
import { receivedEvents } from './received-events.ts'

const scenario = fc.record({
  base: baseScenario,
  /** Of each desk: how its sign-in ends, and whether its client is slow just before it signs in anew, and whether with the same roles. */
  ways: fc.array(
    fc.record({
      ends: fc.constantFrom('expiry' as const, 'revocation' as const),
      slow: fc.boolean(),
      sameRoles: fc.boolean(),
    }),
    {
      minLength: 4,
      maxLength: 4,
    },
  ),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** A change takes a second. */
const second = 1_000

/** What one connection got, and as whom it was open. */
interface Sitting {
  readonly peer: FakePeer
  readonly identity: PlainIdentity
  /** Whom it signed in as later, and before which change, without being told to come again. */
  renewed: { readonly identity: PlainIdentity; readonly at: number } | null
  readonly from: number
  /** Changes from here on must not have reached it. */
  until: number
  /** It took nothing for a while before it ended: it may lack the last of what was allowed. */
  wasSlow: boolean
}

interface DeskOptions {
  readonly name: string
  readonly tokens: TokenTable
  readonly slow: boolean
  readonly sameRoles: boolean
  readonly expires: boolean
  /** Changes in all. */
  readonly count: number
  /** When the first happens, ms. */
  readonly start: number
}

/** A desk as it lives: it connects, signs in anew (and goes on from its cursor when told to), and its sign-in ends. */
class LivingDesk {
  readonly sittings: Sitting[] = []
  readonly #hub: Hub
  readonly #desk: Desk
  readonly #options: DeskOptions
  readonly #expiresAt: number | null
  readonly #stops: readonly [number, number, number]
  #connection: Connection | null = null
  #token = ''
  #signed = 0

  constructor(hub: Hub, desk: Desk, options: DeskOptions) {
    const [first = 0, then = 0, last = 0] = desk.times
      .map(time => Math.min(time, options.count))
      .sort((a, b) => a - b)
    this.#hub = hub
    this.#desk = desk
    this.#options = options
    this.#stops = [first, then, last]
    this.#expiresAt = options.expires ? options.start + last * second : null
  }

  /** What it does before change number `at`. @returns the token to take back, if its sign-in ends so */
  async live(at: number): Promise<string | null> {
    const [first, then, last] = this.#stops
    const { identity, later } = this.#desk
    const roles = this.#options.sameRoles ? identity.roles : later.roles
    const renewed = { ...later, roles, user: identity.user }
    if (at === first && first < last) this.#enter(identity, at, null)
    if (at === then && first < then && then < last) await this.#renew(renewed, at)
    const sitting = this.sittings.at(-1)
    if (this.#options.slow && sitting !== undefined && at === then - 2) {
      sitting.peer.isSlow = true
      sitting.wasSlow = true
    }
    if (at !== last || sitting === undefined) return null
    sitting.until = Math.min(sitting.until, at)
    return this.#expiresAt === null ? this.#token : null
  }

  async #renew(identity: PlainIdentity, at: number): Promise<void> {
    const sitting = this.sittings.at(-1)
    if (sitting === undefined) return
    this.#connection?.receive(message('auth', { token: this.#sign(identity) }))
    await settle(4)
    const isTold = sitting.peer.closeCode === closeCodes.identityChanged
    if (!isTold) {
      // He sees the same as before, whoever he is now.
      expect(sitting.peer.closeCode).toBeNull()
      sitting.renewed = { identity, at }
      sitting.peer.isSlow = false
      sitting.peer.take()
      sitting.wasSlow = false
      return
    }
    sitting.until = at
    this.#enter(identity, at, sitting.peer.cursor())
  }

  #enter(identity: PlainIdentity, at: number, resume: string | null): void {
    const peer = new FakePeer()
    const { where, batch } = this.#desk
    const subscriptions = [{ id: 's', ...(where === null ? {} : { where: where.cel }) }]
    const token = this.#sign(identity)
    const from = resume === null ? at : Number(parseCursor(resume).snapshot.xmax - 1n)
    this.#connection = this.#hub.connect(peer)
    this.sittings.push({
      peer,
      identity,
      from,
      until: Number.POSITIVE_INFINITY,
      renewed: null,
      wasSlow: false,
    })
    const ask = { app_name: 'desk', batch, token, subscriptions, ...(resume === null ? {} : { resume }) }
    this.#connection.receive(message('register', ask))
  }

  #sign(identity: PlainIdentity): string {
    this.#token = `${this.#options.name}/${++this.#signed}`
    this.#options.tokens.add(this.#token, { ...identity, expiresAt: this.#expiresAt })
    return this.#token
  }
}

async function play({ base, ways }: Scenario) {
  const { policies, changes, desks, tailBytes } = base
  const mapper = createEventMapper(compileRules(tableRules), () => {})
  const perChange = changes.map((change, index) => mapper([toChange(change, index + 1)], incarnation))
  const flat = perChange.flat()
  const clock = new ManualClock()
  const tokens = new TokenTable()
  const { hub, history, errors } = openTestHub({
    sizes: perChange.map(events => events.length),
    pieceSize: 10_000,
    makeEvent: nth => flat[nth - 1] ?? expect.fail('there is no such event'),
    access: createPolicyRules(toPolicies(policies), () => {}),
    authenticator: tokens,
    clock,
    with: { tailBytes, stalledAfterMs: 1_000_000 },
  })
  hub.start(checkpointAt(0))
  const start = clock.now()
  const living = desks.map((desk, index) => {
    const { slow = false, sameRoles = false, ends = 'expiry' } = ways[index] ?? {}
    const options = {
      name: `desk-${index}`,
      tokens,
      slow,
      sameRoles,
      expires: ends === 'expiry',
      count: changes.length,
      start,
    }
    return new LivingDesk(hub, desk, options)
  })
  for (let at = 0; at <= changes.length; at++) {
    for (const desk of living) {
      const token = await desk.live(at)
      if (token !== null) tokens.revoke(token)
    }
    await settle(4)
    if (at < changes.length) for (const piece of history.pieces(at, at + 1)) hub.publish(piece)
    await settle(2)
    clock.advance(second)
  }
  // What is late must not come either.
  for (const { peer } of living.flatMap(({ sittings }) => sittings)) {
    peer.isSlow = false
    peer.take()
  }
  await hub.close()
  return {
    sittings: living.flatMap((desk, index) => desk.sittings.map(sitting => ({ sitting, index }))),
    errors,
  }
}

function identityAt({ identity, renewed }: Sitting, change: number): PlainIdentity {
  return renewed !== null && change >= renewed.at ? renewed.identity : identity
}

test('who signs in anew, expires or is taken back gets what he may see at each moment, and nothing after', async () => {
  const count = { sittings: 0, renewed: 0, delivered: 0 }
  await fc.assert(
    fc.asyncProperty(scenario, async given => {
      const { sittings, errors } = await play(given)
      const { policies, changes, desks } = given.base
      for (const { sitting, index } of sittings) {
        const { peer, from, until, wasSlow } = sitting
        const where = desks[index]?.where ?? null
        const allowed = changes
          .slice(from, until)
          .flatMap((change, offset) =>
            expectedOf(policies, change, { identity: identityAt(sitting, from + offset), rooms: [], where }),
          )
        const got = receivedEvents(peer)
        expect(got).toEqual(wasSlow ? allowed.slice(0, got.length) : allowed)
        count.sittings++
        count.renewed += sittings.filter(other => other.index === index).length > 1 ? 1 : 0
        count.delivered += got.length
      }
      expect(errors).toEqual([])
    }),
    { numRuns: 100 },
  )
  expect(count.renewed).toBeGreaterThan(20)
  expect(count.delivered).toBeGreaterThan(200)
})
