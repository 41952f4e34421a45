import { define } from './define.ts'

/** Somebody asked for what a policy keeps from him, or a policy cannot be kept. */
export const policyErrors = {
  RTB_PUBLISH_DENIED: define<{ eventType: string; room: string | null }>({
    actor: 'client-author',
    message: ({ eventType, room }) =>
      `this connection may not send ${quote(eventType)} to ${room === null ? 'everybody' : `room ${quote(room)}`}`,
    hint: () => 'sign in with a role that may, or ask the operator for a rule under `policies.publish`',
  }),
  RTB_POLICY_HIDES_KEY: define<{ table: string; column: string }>({
    actor: 'operator',
    message: ({ table, column }) =>
      `a policy hides the column ${quote(column)} of table ${quote(table)}, which is part of its primary key: the table is denied instead`,
    hint: () =>
      'take it out of `hide`: apps tell rows apart by their key, so every event carries it; deny the table or the rows instead',
  }),
  RTB_POLICY_COLUMN_MISSING: define<{ table: string; column: string }>({
    actor: 'operator',
    message: ({ table, column }) =>
      `a policy hides the column ${quote(column)} of table ${quote(table)}, and a row came without it: the rule does not allow such rows`,
    hint: () =>
      'correct the name in `hide`, or take it out: a column that was renamed would else be seen; `rtbridge doctor` checks all policies',
  }),
  RTB_POLICY_FAILED: define<{ of: string; problem: string }>({
    actor: 'operator',
    message: ({ of, problem }) =>
      `a condition of the policies of ${quote(of)} failed, so it denied: ${problem}`,
    hint: () =>
      'correct the condition under `policies`: a number and a text are never equal (`string(new.id) == auth.sub`), a claim may be missing',
  }),
} as const

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text)
}
