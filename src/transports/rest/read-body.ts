import type { z } from 'zod'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { nestsDeeperThan } from '../../protocol/nesting-depth.ts'

/** Deepest nesting of a body. */
const maxDepth = 64

/**
 * The JSON of a body.
 * @param contentType the header; a body must say that it is JSON, because pages of other origins can send anything else
 *   without asking first
 * @throws RTB_HTTP_MEDIA_TYPE RTB_HTTP_BODY
 */
export function parseBody(text: string, contentType: string | undefined): unknown {
  if (text === '') return {}
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw rtbridgeError('RTB_HTTP_MEDIA_TYPE', {})
  if (nestsDeeperThan(text, maxDepth)) throw invalid(`nests deeper than ${maxDepth} levels`)
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('is not JSON')
  }
}

/**
 * A body of the wanted shape.
 * @throws RTB_HTTP_BODY
 */
export function checkBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const found = schema.safeParse(body)
  if (found.success) return found.data
  const [issue] = found.error.issues
  const path = (issue?.path ?? []).map(String).join('.')
  throw rtbridgeError('RTB_HTTP_BODY', {
    path: path === '' ? 'the body' : path,
    problem: issue?.message ?? 'is not valid',
  })
}

function invalid(problem: string) {
  return rtbridgeError('RTB_HTTP_BODY', { path: 'the body', problem })
}
