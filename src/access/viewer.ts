import type { CompiledPolicyRule } from '../expressions/compile-policy-rule.ts'
import type { Scope } from '../expressions/scope.ts'
import { authFields, authKey, authValue } from './auth-fields.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import type { Identity } from './identity.ts'
import type { ApplicableRules, Look } from './judge-row.ts'
import { applicableRules, judgeRow, judgeWithoutRow } from './judge-row.ts'

/** Work that all conditions on one event may do together for one viewer, in the units of `workBudget`. */
export const policyWorkPerEvent = 100_000

/** The rules of one policy for one viewer, and what they say without looking at a row. */
export interface Standing {
  readonly verdict: 'all' | 'row' | null
  /** Columns that no rule shows, and those that not every rule shows. */
  readonly hidden: readonly string[]
  readonly partlyHidden: readonly string[]
  /**
   * The columns of a row that are hidden; null when it is not to be seen.
   * @param row one row of the scope, or another: it stands as `new`
   */
  judge(
    scope: Scope,
    row: Scope['new'],
    look: Pick<Look, 'budget' | 'onMissing' | 'onFailure'>,
  ): readonly string[] | null
}

/** One identity, as the policies see it. */
export interface Viewer {
  /** Viewers with the same key see the same: their roles, and the values of those fields of `auth` that their rules read. */
  readonly key: string
  /** How he stands by the rules of a table or an event; found once for each. */
  standing(rules: readonly CompiledPolicyRule[]): Standing
}

/** Looks at an identity once for all events. */
export function createViewer(identity: Identity, policies: CompiledPolicies): Viewer {
  const fields = authFields(identity)
  const auth = readableAuth(fields)
  const known = new Map<readonly CompiledPolicyRule[], Standing>()
  return {
    key: JSON.stringify([
      [...new Set(identity.roles)].sort(),
      authKey(fields, authReads(applicableRules(policies.rules, identity))),
    ]),
    standing(rules) {
      const found = known.get(rules) ?? createStanding(applicableRules(rules, identity), auth, identity)
      known.set(rules, found)
      return found
    },
  }
}

function createStanding(rules: ApplicableRules, auth: unknown, { tenant }: Identity): Standing {
  const hides = rules.allow.map(({ rule }) => rule.hide)
  return {
    verdict: judgeWithoutRow(rules),
    hidden: hides[0]?.filter(column => hides.every(each => each.includes(column))) ?? [],
    partlyHidden: [...new Set(hides.flat())],
    judge(scope, row, { budget, onMissing, onFailure }) {
      const { old, op, table, origin } = scope
      // Member by member: a spread costs more than the condition.
      const seen = { old, new: row, op, table, origin, auth }
      return judgeRow(rules, { scope: seen, tenant, budget, onMissing, onFailure })
    },
  }
}

/** Claims that cannot be read are null: conditions that look at them fail. */
function readableAuth(fields: ReadonlyMap<string, unknown>): unknown {
  try {
    return authValue(fields)
  } catch {
    return null
  }
}

function authReads({ allow, deny }: ApplicableRules): readonly string[] {
  return [...allow, ...deny].flatMap(({ rule, where }) => [
    ...(where?.authReads ?? []),
    ...(rule.tenant === null ? [] : ['auth.tenant']),
  ])
}
