import { isAutomaticRoom } from '../domain/automatic-room.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { NamedQuery, RoomRules } from '../domain/room-rule.ts'
import type { Expression } from '../expressions/compile-expression.ts'
import type { CompiledRoomRule } from '../expressions/compile-room-rule.ts'
import { compileRoomRule } from '../expressions/compile-room-rule.ts'
import { decodeString } from '../expressions/json-text.ts'
import type { Scope } from '../expressions/scope.ts'
import { toValue } from '../expressions/to-value.ts'
import type { AccessRules } from './access-rules.ts'
import { automaticRooms } from './automatic-rooms.ts'
import type { Identity } from './identity.ts'

export interface RoomAccessOptions {
  readonly rules: RoomRules
  /** Asks the database. Rejects when it cannot be asked. */
  readonly ask: (query: NamedQuery, values: readonly (string | null)[]) => Promise<boolean>
  /** Hears of conditions that failed and of questions that could not be answered. */
  readonly onError: (error: unknown, part: string) => void
}

/** The part of the access rules that is about rooms. */
export type RoomAccess = Pick<AccessRules, 'mayJoin' | 'roomsOf'>

/**
 * Decides who may join which room. The first pattern that fits a room decides; in it, roles, condition and question all
 * have to hold, and whatever fails denies.
 *
 * `mayJoin` rejects with RTB_ROOM_UNDECIDED when the database could not be asked: to somebody who wants in that is a
 * no, to somebody who is in it is no reason to put him out at once.
 */
export function createRoomAccess({ rules, ask, onError }: RoomAccessOptions): RoomAccess {
  const compiled = rules.rules.flatMap(rule => compileRoomRule(rule).compiled ?? [])
  if (compiled.length !== rules.rules.length) throw rtbridgeError('RTB_INTERNAL', { part: 'rules for rooms' })
  const decide = (rule: CompiledRoomRule, scope: RoomScope, identity: Identity): boolean => {
    const { roles } = rule.rule
    if (roles !== null && !roles.some(role => identity.roles.includes(role))) return false
    return rule.when === null || rule.when.test(scope)
  }
  return {
    roomsOf: automaticRooms,
    async mayJoin(identity, room) {
      if (isAutomaticRoom(room)) return automaticRooms(identity).includes(room)
      const found = firstMatch(compiled, room)
      if (found === null) return rules.others === 'allow'
      const { rule, parts } = found
      const scope = scopeFor(identity, room, parts)
      try {
        if (!decide(rule, scope, identity)) return false
      } catch (error) {
        onError(error, 'rooms')
        return false
      }
      const { query } = rule.rule
      if (query === null) return true
      try {
        return await ask(
          query,
          rule.with.map(parameter => textOf(parameter, scope)),
        )
      } catch (error) {
        onError(error, 'rooms')
        throw rtbridgeError('RTB_ROOM_UNDECIDED', { room }, error)
      }
    },
  }
}

/** Adds what is configured about rooms to other rules: what both are asked about, both have to allow. */
export function withRooms(base: AccessRules, rooms: RoomAccess): AccessRules {
  return {
    ...base,
    mayJoin: async (identity, room) =>
      (await base.mayJoin(identity, room)) && (await rooms.mayJoin(identity, room)),
    roomsOf: identity => [...new Set([...base.roomsOf(identity), ...rooms.roomsOf(identity)])],
  }
}

type RoomScope = Scope & Readonly<Record<string, unknown>>

function firstMatch(
  rules: readonly CompiledRoomRule[],
  room: string,
): { rule: CompiledRoomRule; parts: Readonly<Record<string, string>> } | null {
  for (const rule of rules) {
    const parts = rule.pattern.match(room)
    if (parts !== null) return { rule, parts }
  }
  return null
}

function scopeFor(identity: Identity, room: string, parts: Readonly<Record<string, string>>): RoomScope {
  const { user, roles, tenant, claims } = identity
  // Claims first: none of them can stand in for who somebody is.
  const auth = toValue({ ...claims, sub: user, roles, tenant })
  return { ...parts, room, auth, old: null, new: null, op: '', table: '', origin: null }
}

/** A parameter as PostgreSQL reads it: a text as it is, anything else as JSON, which is the same for numbers. */
function textOf(parameter: Expression, scope: RoomScope): string | null {
  const json = parameter.toJson(scope)
  if (json === 'null') return null
  return json.startsWith('"') ? decodeString(json) : json
}
