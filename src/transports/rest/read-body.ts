import type * as z from 'zod'
import { RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import { nestsDeeperThan } from '../../protocol/nesting-depth.ts'

/** Largest body, bytes. */
export const maxBodyBytes = 64 * 1024

/** Deepest nesting of a body. */
const maxDepth = 64

/**
 * The text of a body; what is above the limit is not read.
 * @throws RTB_HTTP_BODY_SIZE RTB_HTTP_BODY
 */
export async function readBody(request: Request): Promise<string> {
  const tooLarge = () => rtbridgeError('RTB_HTTP_BODY_SIZE', { limit: maxBodyBytes })
  if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) throw tooLarge()
  if (request.body === null) return ''
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of request.body) {
      bytes += part.length
      if (bytes > maxBodyBytes) throw tooLarge()
      parts.push(part)
    }
  } catch (error) {
    // A client that breaks off: nobody is left to be answered, and it is no fault of the hub.
    throw error instanceof RtbridgeError ? error : invalid('broke off')
  }
  return Buffer.concat(parts).toString()
}

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
