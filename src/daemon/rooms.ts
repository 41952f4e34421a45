import type { AccessRules } from '../access/access-rules.ts'
import { createRoomAccess, withRooms } from '../access/room-access.ts'
import { RoomAnswers } from '../access/room-answers.ts'
import type { Config } from '../config/config.ts'
import { askQuestion } from '../database/ask-question.ts'
import type { DatabaseOptions } from '../database/connection-settings.ts'
import { openPool } from '../database/pool.ts'
import type { HubLimits } from '../hub/limits.ts'

export interface RoomsOptions {
  readonly config: Config
  readonly database: DatabaseOptions
  readonly onError: (error: unknown, part: string) => void
}

/** Who may join which room, with the sessions in which the database is asked about it. */
export interface Rooms {
  /** Adds what is configured about rooms to other rules. */
  guard(base: AccessRules): AccessRules
  /** Makes the rules of another configuration. @returns puts them in force */
  prepare(config: Config): () => void
  /** What the configuration says a hub allows in rooms. */
  readonly limits: Pick<
    HubLimits,
    | 'roomRecheckMs'
    | 'signalsPerSecond'
    | 'signalBurst'
    | 'signalBytes'
    | 'signalsMembersOnly'
    | 'presenceGraceMs'
    | 'presenceHeartbeatMs'
    | 'presenceRememberMs'
  >
  close(): Promise<void>
}

/** A question that takes longer is no. */
const questionTimeoutMs = 2_000
/** Connecting and waiting for a free session included. */
const answerTimeoutMs = 4_000
/** Sessions that are asked in; a room's question must not hold up what else the hub does. */
const questionSessions = 2
const maxAsking = 200
const maxKept = 10_000

/** Makes the rules for rooms of a configuration; connects when a question is first asked. */
export function openRooms({ config, database, onError }: RoomsOptions): Rooms {
  const pool = openPool({ ...database, answerTimeoutMs }, questionSessions)
  const create = ({ rooms: rules }: Config) => {
    // With the rules: an answer to another question of the same name is none to this one.
    const answers = new RoomAnswers({
      ask: ({ sql, role }, values) => askQuestion(pool, { sql, role, values, timeoutMs: questionTimeoutMs }),
      keepMs: config.rooms.recheckMs,
      maxKept,
      maxAsking,
      now: () => performance.now(),
    })
    return createRoomAccess({ rules, ask: (query, values) => answers.ask(query, values), onError })
  }
  let access = create(config)
  return {
    guard: base =>
      withRooms(base, {
        mayJoin: (identity, room) => access.mayJoin(identity, room),
        roomsOf: identity => access.roomsOf(identity),
      }),
    prepare: next => {
      const prepared = create(next)
      return () => {
        access = prepared
      }
    },
    limits: limitsOf(config),
    close: () => pool.close(),
  }
}

/** Whether the database is asked about rooms. Without questions no answer can change while an identity does not. */
export function asksAboutRooms({ rooms }: Pick<Config, 'rooms'>): boolean {
  return rooms.rules.some(({ query }) => query !== null)
}

function limitsOf(config: Config): Rooms['limits'] {
  const { rooms, signals, presence } = config
  return {
    roomRecheckMs: asksAboutRooms(config) ? rooms.recheckMs : 0,
    signalsPerSecond: signals.perSecond,
    signalBurst: signals.burst,
    signalBytes: signals.maxBytes,
    signalsMembersOnly: signals.membersOnly === 'on',
    presenceGraceMs: presence.graceMs,
    presenceHeartbeatMs: presence.heartbeatMs,
    presenceRememberMs: presence.rememberMs,
  }
}
