import type { Identity } from '../../access/identity.ts'
import type { Answer } from '../answer.ts'

/** A request to the API, checked as far as all of them are alike. */
export interface ApiCall {
  readonly identity: Identity
  readonly address: string
  readonly query: URLSearchParams
  /** The parsed JSON of a POST; `{}` when it has no body. */
  readonly body: unknown
}

/** One operation of the API. */
export interface ApiOperation {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** For admins only. */
  readonly isAdmins: boolean
  /** Nobody is asked who he is: he is about to show it in the body. Default false. */
  readonly isSignIn?: boolean
  /** Parameters of the query, besides those that tell who asks. */
  readonly parameters: readonly string[]
  readonly answer: (call: ApiCall) => Answer | Promise<Answer>
}
