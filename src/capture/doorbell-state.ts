/**
 * When to read, when to sleep, and who rings: the reader's decisions as a pure function.
 *
 *     reading ──empty──▶ arming ──granted──▶ confirming ──empty──▶ asleep ◀─────────┐
 *      ▲ ▲ │                │ refused        │     ▲               │ │ │ rung, after │ rung by
 *      │ │ └─empty, not     │                │     └──by time, or──┘ │ │ some quiet  │ nobody
 *      │ │   the sentinel   │                │    rung soon again    │ ▼             │ meanwhile
 *      │ │     ▼            │                │ found          cannot │ answering ────┤
 *      │ └─ listening       │                │                hear   │               │ rung again
 *      ├──────back-off──────┘                │                       │               │
 *      └────────────────────disarm───────────┴───────────────────────┴───────────────┘
 *
 * Arming takes the doorbell lock exclusively. It is granted only when no transaction in flight has skipped the bell,
 * so what is read after that, and what rings after that, is everything. That holds for as long as it is armed: at a trickle
 * a hub answers a ring with one read and sleeps on. It disarms where changes come so fast that ringing would cost their writers
 * more than its reads do. Only the sentinel arms, and only an armed hub
 * is asleep; the others listen after an empty read and are rung by writers or by the sentinel. When the sentinel is
 * gone, the one that takes its place finds itself reading at its next look, and arms.
 */
export type DoorbellPhase = 'reading' | 'arming' | 'confirming' | 'asleep' | 'answering' | 'listening'

export interface DoorbellState {
  readonly phase: DoorbellPhase
  /** Pause before the next read after a refused lock, ms. */
  readonly backoffMs: number
}

export type DoorbellInput =
  /** A read ended; `rung` tells that the bell rang since it began. */
  | { readonly kind: 'read'; readonly found: boolean; readonly rung: boolean }
  /** The answer to `arm`. */
  | { readonly kind: 'lock'; readonly granted: boolean }
  /** Sleep ended, by the bell or by the safety interval; `calm` tells that it had lasted for {@link calmFor}. */
  | { readonly kind: 'woken'; readonly rung: boolean; readonly calm: boolean }

export type DoorbellStep =
  | { readonly do: 'read'; readonly afterMs: number; readonly disarm: boolean }
  | { readonly do: 'arm' }
  | { readonly do: 'sleep' }

export interface DoorbellRules {
  /** Pause between reads while changes come, ms. */
  readonly pacingMs: number
  /** Longest pause while the lock is refused or the bell cannot be heard, ms. */
  readonly maxBackoffMs: number
}

/** What this hub can do at the moment. */
export interface DoorbellRole {
  /** It is the one hub that arms the bell. */
  readonly sentinel: boolean
  /** It hears the bell: LISTEN is established and the doorbell is on. */
  readonly hears: boolean
}

export function firstDoorbellState(rules: DoorbellRules): DoorbellState {
  return { phase: 'reading', backoffMs: rules.pacingMs }
}

/** The next state and what to do, for every input in every phase. Inputs that a phase cannot get repeat a read. */
export function nextDoorbellStep(
  state: DoorbellState,
  input: DoorbellInput,
  context: DoorbellRules & DoorbellRole,
): { state: DoorbellState; step: DoorbellStep } {
  return transitions[state.phase](state, input, context)
}

type Transition = typeof nextDoorbellStep

const transitions: Record<DoorbellPhase, Transition> = {
  reading: (state, input, context) => {
    if (input.kind !== 'read') return readAgain(context, false)
    if (input.found) return readAgain(context, false)
    if (!context.hears) return backOff(state, context)
    if (context.sentinel) return { state: { ...state, phase: 'arming' }, step: { do: 'arm' } }
    if (input.rung) return readAgain(context, false)
    return { state: { ...state, phase: 'listening' }, step: { do: 'sleep' } }
  },
  arming: (state, input, context) => {
    if (input.kind !== 'lock') return readAgain(context, true)
    if (!input.granted) return backOff(state, context)
    return { state: { ...state, phase: 'confirming' }, step: { do: 'read', afterMs: 0, disarm: false } }
  },
  confirming: (state, input, context) => {
    const quiet = input.kind === 'read' && !input.found && !input.rung && context.hears
    return quiet ? { state: { ...state, phase: 'asleep' }, step: { do: 'sleep' } } : readAgain(context, true)
  },
  asleep: (state, input, context) => {
    if (input.kind === 'woken' && context.hears) {
      // The bell stays armed for this read. By time there is normally nothing to find; and what it rang for is not to
      // wait for the lock to be given back. Who commits meanwhile rings once more.
      const phase = input.rung && input.calm ? 'answering' : 'confirming'
      return { state: { ...state, phase }, step: { do: 'read', afterMs: 0, disarm: false } }
    }
    return { state: firstDoorbellState(context), step: { do: 'read', afterMs: 0, disarm: true } }
  },
  answering: (state, input, context) => {
    const quiet = input.kind === 'read' && !input.rung && context.hears
    return quiet ? { state: { ...state, phase: 'asleep' }, step: { do: 'sleep' } } : readAgain(context, true)
  },
  listening: (_state, _input, context) => ({
    state: firstDoorbellState(context),
    step: { do: 'read', afterMs: 0, disarm: false },
  }),
} satisfies Record<DoorbellPhase, Transition>

/** After a sleep of so long a ring is one of a trickle, ms: who writes more often is not to ring each time. */
export function calmFor({ pacingMs }: DoorbellRules): number {
  return 2 * pacingMs
}

/** What the last read was like. */
export interface ReadEffort {
  readonly changes: number
  readonly tookMs: number
}

/** A read that finds so many changes was one of many, and what follows is paced by what it took. */
const busyFrom = 8
/** So many times what a busy read took passes before the next one. */
const restPerRead = 9

/**
 * How long the reader pauses, ms: what the step asks for, and while much comes in proportion to the read before it, so
 * that on a machine that has enough to do the reader takes a tenth of it. Fewer and larger reads cost the writers less,
 * for each read takes the page they are writing to. At a trickle nothing is worth a later event.
 * @param afterMs what the step asks for; 0 = at once, whatever the last read was like
 */
export function pauseAfterRead(
  afterMs: number,
  { changes, tookMs }: ReadEffort,
  { maxBackoffMs }: DoorbellRules,
): number {
  if (afterMs === 0 || changes < busyFrom) return afterMs
  return Math.max(afterMs, Math.min(tookMs * restPerRead, maxBackoffMs))
}

function readAgain(rules: DoorbellRules, disarm: boolean): { state: DoorbellState; step: DoorbellStep } {
  return { state: firstDoorbellState(rules), step: { do: 'read', afterMs: rules.pacingMs, disarm } }
}

function backOff(state: DoorbellState, rules: DoorbellRules): { state: DoorbellState; step: DoorbellStep } {
  return {
    state: { phase: 'reading', backoffMs: Math.min(state.backoffMs * 2, rules.maxBackoffMs) },
    step: { do: 'read', afterMs: state.backoffMs, disarm: false },
  }
}
