import { authErrors } from './auth-errors.ts'
import { clientErrors } from './client-errors.ts'
import { commandErrors } from './command-errors.ts'
import { configErrors } from './config-errors.ts'
import { databaseErrors } from './database-errors.ts'
import type { Actor, ErrorDefinition } from './define.ts'
import { define } from './define.ts'
import { demoErrors } from './demo-errors.ts'
import { discoveryErrors } from './discovery-errors.ts'
import { doorErrors } from './door-errors.ts'
import { healthErrors } from './health-errors.ts'
import { httpErrors } from './http-errors.ts'
import { installErrors } from './install-errors.ts'
import { policyErrors } from './policy-errors.ts'
import { roomErrors } from './room-errors.ts'
import { ruleErrors } from './rule-errors.ts'
import { snapshotErrors } from './snapshot-errors.ts'
import { tlsErrors } from './tls-errors.ts'

/** Every error rtbridge reports on purpose, by code. Documented in `docs/errors.md`. */
export const registry = {
  ...configErrors,
  ...ruleErrors,
  ...databaseErrors,
  ...installErrors,
  ...healthErrors,
  ...clientErrors,
  ...authErrors,
  ...httpErrors,
  ...doorErrors,
  ...tlsErrors,
  ...roomErrors,
  ...discoveryErrors,
  ...snapshotErrors,
  ...commandErrors,
  ...demoErrors,
  ...policyErrors,
  RTB_INTERNAL: define<{ part: string }>({
    actor: 'rtbridge',
    message: ({ part }) => `something unexpected happened in ${part}`,
    hint: () => 'this is a fault of rtbridge: please report it with the log lines around it',
  }),
} as const

export type ErrorCode = keyof typeof registry
export type ErrorValues<Code extends ErrorCode> =
  (typeof registry)[Code] extends ErrorDefinition<infer Values> ? Values : never

/**
 * An error with a stable code, a message and a hint that says what to do next.
 * Its subclasses say who has to act; the code is what programs compare.
 */
export class RtbridgeError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly actor: Actor

  constructor(code: ErrorCode, message: string, hint: string, options: { actor: Actor; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hint = hint
    this.actor = options.actor
  }
}

/** The person who runs rtbridge has to act: configuration, database, rights. */
export class OperatorError extends RtbridgeError {}
/** The author of `rtbridge.yaml` has to act: a rule or an expression is wrong. */
export class RuleAuthorError extends RtbridgeError {}
/** The author of a connected app has to act: a frame or a subscription is wrong. */
export class ClientAuthorError extends RtbridgeError {}
/** We have to act. Its text never reaches a client. */
export class InternalError extends RtbridgeError {}

const classOf: Record<Actor, typeof RtbridgeError> = {
  operator: OperatorError,
  'rule-author': RuleAuthorError,
  'client-author': ClientAuthorError,
  rtbridge: InternalError,
}

/**
 * Makes the error registered under `code`.
 *
 * @param code a code of the registry
 * @param values what the message and the hint are built from
 * @param cause the error that led here, kept as `cause`
 */
export function rtbridgeError<Code extends ErrorCode>(
  code: Code,
  values: ErrorValues<Code>,
  cause?: unknown,
): RtbridgeError {
  const definition = registry[code] as unknown as ErrorDefinition<ErrorValues<Code>>
  const ErrorClass = classOf[definition.actor]
  return new ErrorClass(code, definition.message(values), definition.hint(values), {
    actor: definition.actor,
    cause,
  })
}

/** The same error, with more to do next: what its code alone cannot know. */
export function withMoreToDo(error: RtbridgeError, more: string): RtbridgeError {
  const { code, message, hint, actor, cause } = error
  return new classOf[actor](code, message, `${hint}; ${more}`, { actor, cause })
}

/** Any thrown value as an {@link RtbridgeError}: itself, or an internal error that keeps it as cause. */
export function toRtbridgeError(thrown: unknown, part: string): RtbridgeError {
  return thrown instanceof RtbridgeError ? thrown : rtbridgeError('RTB_INTERNAL', { part }, thrown)
}
