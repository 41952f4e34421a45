import * as z from 'zod'
import { rowOperations } from '../domain/change.ts'
import { priorities } from '../domain/event.ts'
import type { FileAuth } from './auth-schema.ts'
import { authShape } from './auth-schema.ts'
import type { FilePolicies } from './policy-schema.ts'
import { createPolicySchema } from './policy-schema.ts'
import { type Leaf, oneOrMore } from './schema-parts.ts'
import { settingKeys, settings } from './settings.ts'
import type { ValueKind } from './value-kinds.ts'
import { choice, size, text } from './value-kinds.ts'

/** What an event of a table may say in the file. */
export interface FileEvent {
  readonly on?: string | readonly string[]
  readonly when?: string | boolean
  readonly data?: Readonly<Record<string, string | number | boolean>>
  readonly rooms?: string | readonly string[]
  readonly roles?: string | readonly string[]
  readonly priority?: string
}

/** What a table may say in the file. */
export interface FileTable {
  readonly channel?: string
  readonly exclude?: string | readonly string[]
  readonly max_row?: string | number
  readonly events?: Readonly<Record<string, FileEvent | null>> | null
}

/** What a pattern of rooms may say in the file. */
export interface FileRoom {
  readonly roles?: string | readonly string[]
  readonly when?: string | boolean
  readonly query?: string
  readonly with?: string | readonly string[]
}

/** A question to the database in the file; the text alone will do. */
export type FileQuery = string | { readonly sql: string; readonly role?: string }

/** The file, checked. */
export interface FileContent {
  readonly tables?: Readonly<Record<string, FileTable | null>> | readonly string[] | null
  readonly channels?: string | readonly string[] | null
  readonly auth?: FileAuth | null
  readonly policies?: FilePolicies | null
  readonly rooms?: { readonly patterns?: Readonly<Record<string, FileRoom | null>> | null } | null
  readonly queries?: Readonly<Record<string, FileQuery>> | null
}

const validating: Leaf = kind =>
  z.any().superRefine((found, context) => {
    if (kind.parse(found) === undefined) context.addIssue({ code: 'custom', message: kind.expected })
  })

const describing: Leaf = kind => kind.input

/** A database name: PostgreSQL cuts longer ones. */
const name = matching(/^[^\0]{1,63}$/su, 'a name of 1 to 63 characters')
const channel = matching(/^[^\s]{1,200}$/u, 'a channel name without spaces')
const expression: ValueKind<string | boolean> = {
  expected: 'a CEL expression in quotes',
  input: z.union([z.string(), z.boolean()]),
  parse: found => (typeof found === 'boolean' ? found : text.parse(found)),
}
const dataExpression: ValueKind<string | number | boolean> = {
  expected: 'a CEL expression in quotes',
  input: z.union([z.string(), z.number(), z.boolean()]),
  parse: found => (typeof found === 'number' ? found : expression.parse(found)),
}

/** Checks the content of a file; the messages of its issues say what was expected. */
export const fileSchema = createFileSchema(validating)

/** The JSON Schema of the file, for editors: `# yaml-language-server: $schema=rtbridge.schema.json`. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(createFileSchema(describing), { io: 'input', unrepresentable: 'any' }),
    title: 'rtbridge.yaml',
  }
}

function createFileSchema(leaf: Leaf): z.ZodType {
  const event = z
    .strictObject({
      on: oneOrMore(leaf, choice(rowOperations)).optional(),
      when: leaf(expression).optional(),
      data: z.record(z.string(), leaf(dataExpression)).optional(),
      rooms: oneOrMore(leaf, text).optional(),
      roles: oneOrMore(leaf, text).optional(),
      priority: leaf(choice(priorities)).optional(),
    })
    .nullable()
  const table = z
    .strictObject({
      channel: leaf(channel).optional(),
      exclude: oneOrMore(leaf, name).optional(),
      max_row: leaf(size(1_024)).optional(),
      events: z.record(z.string(), event).nullish(),
    })
    .nullable()
  const room = z
    .strictObject({
      roles: oneOrMore(leaf, text).optional(),
      when: leaf(expression).optional(),
      query: leaf(text).optional(),
      with: oneOrMore(leaf, text).optional(),
    })
    .nullable()
  const query = z.union([leaf(text), z.strictObject({ sql: leaf(text), role: leaf(name).optional() })])
  return z.strictObject({
    ...createSections(leaf, { rooms: { patterns: z.record(z.string(), room).nullish() } }),
    queries: z.record(z.string(), query).nullish(),
    tables: z.union([z.array(leaf(text)), z.record(z.string(), table)]).nullish(),
    channels: oneOrMore(leaf, name).nullish(),
    policies: createPolicySchema(leaf).nullish(),
  })
}

/** @param more what sections hold besides settings */
function createSections(
  leaf: Leaf,
  more: Readonly<Record<string, Record<string, z.ZodType>>>,
): Record<string, z.ZodType> {
  const shapes: Record<string, Record<string, z.ZodType>> = { auth: authShape(leaf), ...more }
  for (const key of settingKeys) {
    const [section = '', setting = ''] = key.split('.')
    const { kind, fallback, description } = settings[key]
    const shape = shapes[section] ?? {}
    shape[setting] = leaf(kind)
      .optional()
      .meta({ description, ...(fallback === null ? {} : { default: fallback }) })
    shapes[section] = shape
  }
  return Object.fromEntries(
    Object.entries(shapes).map(([section, shape]) => [section, z.strictObject(shape).nullish()]),
  )
}

function matching(pattern: RegExp, expected: string): ValueKind<string> {
  return {
    expected,
    input: z.string(),
    parse: found => (typeof found === 'string' && pattern.test(found) ? found : undefined),
  }
}
