import * as z from 'zod'

/** A JSON Schema inside a document. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The JSON Schema of what is received or sent, without the members that only a whole document has.
 * @param dialect `draft-2020-12` for OpenAPI 3.1, `draft-7` for AsyncAPI
 */
export function toJsonSchema(schema: z.ZodType, dialect: 'draft-2020-12' | 'draft-7'): JsonSchema {
  // As an input, unknown members are allowed: newer hubs add some, and a client must not mind.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: dialect,
    io: 'input',
    unrepresentable: 'any',
  })
  return rest
}
