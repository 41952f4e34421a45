import { parseExactly } from './exact-json.ts'
import { readToken } from './session.ts'

/** What may stand in a problem document. */
type Problem = Partial<Record<'detail' | 'code' | 'hint', string>>

/** A problem document of the hub, or that nothing answered. */
export class ApiError extends Error {
  /** 0 = nothing answered. */
  readonly status: number
  /** As in docs/errors.md; empty when nothing answered. */
  readonly code: string
  readonly hint: string

  constructor(status: number, { detail = '', code = '', hint = '' }: Problem) {
    super(detail)
    this.status = status
    this.code = code
    this.hint = hint
  }
}

export interface AskOptions {
  /** What shows who asks; default what the page has. */
  readonly token?: string | null
  /** The hub does not answer if it takes longer; default 10 s. */
  readonly timeoutMs?: number
}

/**
 * Asks the hub that served the page.
 * @param body sent as JSON with POST; missing = GET
 * @throws ApiError
 */
export async function ask<Answer>(
  path: string,
  body?: object,
  { token = readToken(), timeoutMs = 10_000 }: AskOptions = {},
): Promise<Answer> {
  const headers: Record<string, string> = {}
  if (token !== null) headers['authorization'] = `Bearer ${token}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  const request = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
  let answer: Response
  try {
    answer = await fetch(path, { ...request, cache: 'no-store', signal: AbortSignal.timeout(timeoutMs) })
  } catch (error) {
    throw new ApiError(0, { detail: String(error) })
  }
  const document = await readDocument<Answer>(answer)
  // A hub without its database answers its health with 503, and says why.
  if (answer.ok || (path === '/health' && 'state' in document)) return document
  throw new ApiError(answer.status, document)
}

/** What is no JSON, from a proxy perhaps, says nothing. */
async function readDocument<Answer>(answer: Response): Promise<Answer & Problem> {
  try {
    return parseExactly(await answer.text()) as Answer & Problem
  } catch {
    return {} as Answer & Problem
  }
}

/** Whether an error means that one has to sign in, anew. */
export function isSignInError(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403)
}
