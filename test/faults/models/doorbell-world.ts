import {
  type DoorbellInput,
  type DoorbellState,
  type DoorbellStep,
  firstDoorbellState,
  type nextDoorbellStep,
} from '../../../src/capture/doorbell-state.ts'

/** The decisions under test; a model that is to be trusted is shown broken ones, too. */
export type Decide = typeof nextDoorbellStep

const rules = { pacingMs: 5, maxBackoffMs: 50 }
/** More than any hub needs to read, arm, confirm and be rung again. */
const enoughTurns = 60

/** A transaction of a writer, as far as the bell is concerned. */
interface Writer {
  /** `writing` may still try the bell; then it becomes visible, lets go of its locks, and notifies: in this order. */
  phase: 'idle' | 'writing' | 'visible' | 'unlocked'
  holdsBell: boolean
  notifies: boolean
  rows: number
}

/** A hub: the reader's loop, cut into the steps between which others may act. */
interface Hub {
  state: DoorbellState
  next: DoorbellStep | 'deciding'
  input: DoorbellInput
  sentinel: boolean
  hears: boolean
  armed: boolean
  rung: boolean
  nudged: boolean
  /** Notifications on their way. */
  incoming: number
  /** What its running read will return; null between reads. */
  reading: number | null
  seen: number
}

/**
 * Writers, one bell, and hubs of which the first is the sentinel, with PostgreSQL's rules for advisory locks,
 * visibility and NOTIFY. Time never passes here: a hub that sleeps is woken by the bell or not at all, and its sleep counts as a
 * long one or not.
 */
export class DoorbellWorld {
  readonly #decide: Decide
  readonly #writers: readonly Writer[]
  readonly #hubs: readonly Hub[]
  #committed = 0

  constructor(decide: Decide, writerCount: number, hubCount: number) {
    this.#decide = decide
    this.#writers = Array.from({ length: writerCount }, () => idleWriter())
    this.#hubs = Array.from({ length: hubCount }, (_, index) => awakeHub(index === 0))
  }

  /** Lets one of the things happen that can happen now; a LISTEN is lost or comes back in one of twenty turns. */
  take(turn: number): void {
    const actions =
      turn % 20 === 0
        ? this.#hubs.flatMap(hub => this.#listenActions(hub))
        : [
            ...this.#writers.flatMap(writer => this.#writerActions(writer)),
            ...this.#hubs.flatMap(hub => this.#hubActions(hub)),
          ]
    actions[Math.floor(turn / 20) % actions.length]?.()
  }

  /** Lets transactions end and hubs go on until those that hear sleep for good; the others never sleep. */
  rest(): void {
    for (const writer of this.#writers) {
      while (writer.phase !== 'idle') this.#writerActions(writer).at(-1)?.()
    }
    for (let turn = 0; turn < enoughTurns; turn++) {
      for (const hub of this.#hubs) this.#hubActions(hub)[0]?.()
      if (this.#hubs.every(hub => hub.hears) && this.isQuiet) return
    }
  }

  /** Commits that a hub has not read: with everyone at rest there must be none. */
  get unseen(): number[] {
    return this.#hubs.map(hub => this.#committed - hub.seen)
  }

  /** Nothing will happen any more at a hub that hears. */
  get isQuiet(): boolean {
    return this.#hubs.every(hub => !hub.hears || this.#hubActions(hub).length === 0)
  }

  #writerActions(writer: Writer): (() => void)[] {
    const write = () => {
      writer.phase = 'writing'
      writer.rows++
      if (writer.holdsBell) return
      if (this.#hubs.some(hub => hub.armed)) writer.notifies = true
      else writer.holdsBell = true
    }
    const becomeVisible = () => {
      writer.phase = 'visible'
      this.#committed += writer.rows
    }
    const unlock = () => {
      writer.phase = 'unlocked'
      writer.holdsBell = false
    }
    const notify = () => {
      if (writer.notifies) for (const hub of this.#hubs) if (hub.hears) hub.incoming++
      Object.assign(writer, idleWriter())
    }
    if (writer.phase === 'idle') return [write]
    if (writer.phase === 'writing') return [write, () => Object.assign(writer, idleWriter()), becomeVisible]
    return writer.phase === 'visible' ? [unlock] : [notify]
  }

  #hubActions(hub: Hub): (() => void)[] {
    const actions: (() => void)[] = []
    if (hub.incoming > 0) {
      actions.push(() => {
        hub.incoming = 0
        hub.rung = true
      })
    }
    if (hub.next === 'deciding') actions.push(() => this.#decideNext(hub))
    else if (hub.next.do === 'arm') actions.push(() => this.#arm(hub))
    else if (hub.next.do === 'read')
      actions.push(() => (hub.reading === null ? this.#startRead(hub) : this.#endRead(hub)))
    else if (hub.rung || hub.nudged)
      actions.push(
        () => this.#wake(hub, true),
        () => this.#wake(hub, false),
      )
    return actions
  }

  #listenActions(hub: Hub): (() => void)[] {
    if (!hub.hears) return [() => this.#listen(hub)]
    return [
      () => {
        hub.hears = false
        hub.incoming = 0
        hub.nudged = true
      },
    ]
  }

  #listen(hub: Hub): void {
    hub.hears = true
    hub.rung = true
  }

  #decideNext(hub: Hub): void {
    const { state, step } = this.#decide(hub.state, hub.input, { ...rules, ...hub })
    hub.state = state
    hub.next = step
    if (step.do === 'read' && step.disarm) hub.armed = false
  }

  #arm(hub: Hub): void {
    const isFree = !this.#writers.some(writer => writer.holdsBell)
    hub.armed = isFree && !this.#hubs.some(other => other !== hub && other.armed)
    this.#answer(hub, { kind: 'lock', granted: hub.armed })
  }

  #startRead(hub: Hub): void {
    hub.rung = false
    hub.reading = this.#committed
  }

  #endRead(hub: Hub): void {
    const upTo = hub.reading ?? 0
    const found = upTo > hub.seen
    hub.seen = upTo
    hub.reading = null
    if (found && hub.sentinel) {
      for (const other of this.#hubs) if (other !== hub && other.hears) other.incoming++
    }
    this.#answer(hub, { kind: 'read', found, rung: hub.rung })
    hub.rung = false
  }

  #wake(hub: Hub, calm: boolean): void {
    this.#answer(hub, { kind: 'woken', rung: hub.rung, calm })
    hub.rung = false
    hub.nudged = false
  }

  #answer(hub: Hub, input: DoorbellInput): void {
    hub.input = input
    hub.next = 'deciding'
  }
}

function idleWriter(): Writer {
  return { phase: 'idle', holdsBell: false, notifies: false, rows: 0 }
}

function awakeHub(sentinel: boolean): Hub {
  return {
    state: firstDoorbellState(rules),
    next: { do: 'read', afterMs: 0, disarm: false },
    input: { kind: 'read', found: false, rung: false },
    sentinel,
    hears: true,
    armed: false,
    rung: false,
    nudged: false,
    incoming: 0,
    reading: null,
    seen: 0,
  }
}
