/**
 * What a call to the client fails with, and what `onError` gets. Codes that begin with `RTB_CLIENT_` are the client's
 * own, others come from the hub.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** Never changes its meaning. */
  declare readonly code: string
  /** What to do next. */
  declare readonly hint: string

  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
    this.hint = hint
  }
}
