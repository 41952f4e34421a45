import { openAccess } from '../../src/access/access-rules.ts'
import { openAuthenticator } from '../../src/access/authenticator.ts'
import type { Clock } from '../../src/hub/clock.ts'
import type { Connection } from '../../src/hub/connections/connection.ts'
import type { HubOptions } from '../../src/hub/hub.ts'
import { Hub } from '../../src/hub/hub.ts'
import type { HubLimits } from '../../src/hub/limits.ts'
import { defaultLimits } from '../../src/hub/limits.ts'
import { createLocalSignalBus } from '../../src/signals/local-signal-bus.ts'
import { FakePeer } from './fake-peer.ts'
import type { MakeEvent } from './memory-history.ts'
import { MemoryHistory } from './memory-history.ts'

/** A clock that moves when told. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1)
  /** How far the time of day is from where it would be without {@link jump}. */
  #jumped = 0
  #timers = new Set<{ readonly at: number; readonly run: () => void }>()

  now(): number {
    return this.#now + this.#jumped
  }

  /** How many wait for their time. */
  get timers(): number {
    return this.#timers.size
  }

  elapsed(): number {
    return this.#now
  }

  /** Sets the time of day forward or back; nothing has taken longer or shorter for it. */
  jump(ms: number): void {
    this.#jumped += ms
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  advance(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.run()
    }
  }
}

export interface TestHub {
  readonly hub: Hub
  readonly clock: ManualClock
  readonly history: MemoryHistory
  readonly errors: unknown[]
  /** Connects a client and sends `register`. */
  register(data?: object, peer?: FakePeer): { peer: FakePeer; connection: Connection }
}

export function openTestHub(
  options: Partial<HubOptions> & {
    sizes?: readonly number[]
    pieceSize?: number
    makeEvent?: MakeEvent
    with?: Partial<HubLimits>
  } = {},
): TestHub {
  const clock = new ManualClock()
  const history = new MemoryHistory(options.sizes ?? [], options.pieceSize, options.makeEvent)
  const errors: unknown[] = []
  let ids = 0
  const hub = new Hub({
    hubId: 'hub-1',
    history,
    limits: { ...defaultLimits, ...options.with },
    clock,
    signals: createLocalSignalBus(),
    authenticator: openAuthenticator,
    access: openAccess,
    audit: () => {},
    publishDurable: null,
    heartbeatMs: 15_000,
    newId: () => `id-${++ids}`,
    random: () => 0.5,
    onError: error => errors.push(error),
    ...options,
  })
  const register: TestHub['register'] = (data = {}, peer = new FakePeer()) => {
    const connection = hub.connect(peer)
    connection.receive(message('register', { app_name: 'test', ...data }))
    return { peer, connection }
  }
  return { hub, clock, history, errors, register }
}

/** The text of a client's frame. */
export function message(type: string, data: object = {}, extra: object = {}): string {
  return JSON.stringify({ message_type: type, data, ...extra })
}

/** Lets every promise that can settle now do so. */
export async function settle(rounds = 20): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise(resolve => setImmediate(resolve))
}
