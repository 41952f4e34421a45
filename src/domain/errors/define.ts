/** Who has to act before the error can go away. */
export type Actor = 'operator' | 'rule-author' | 'client-author' | 'rtbridge'

/** One row of the registry: who acts, what happened and what to do next, built from named values. */
export interface ErrorDefinition<Values> {
  readonly actor: Actor
  readonly message: (values: Values) => string
  readonly hint: (values: Values) => string
}

/** Types a row of the registry; `Values` names what the message and the hint are built from. */
export function define<Values>(definition: ErrorDefinition<Values>): ErrorDefinition<Values> {
  return definition
}
