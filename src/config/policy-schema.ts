import * as z from 'zod'
import { type Leaf, oneOrMore } from './schema-parts.ts'
import type { ValueKind } from './value-kinds.ts'
import { choice, text } from './value-kinds.ts'

type OneOrMore = string | readonly string[]

/** What a rule about a table or an event may say in the file. */
export interface FilePolicyRule {
  readonly roles?: OneOrMore
  readonly where?: string | boolean
  readonly tenant?: string
  readonly hide?: OneOrMore
  readonly deny?: boolean
}

/** What a rule about sending may say in the file. */
export interface FilePublishRule {
  readonly roles?: OneOrMore
  readonly events?: OneOrMore
  readonly rooms?: OneOrMore
  readonly deny?: boolean
}

/** The section `policies`, checked. */
export interface FilePolicies {
  readonly default?: 'allow' | 'deny'
  readonly tables?: Readonly<Record<string, readonly FilePolicyRule[]>> | null
  readonly events?: Readonly<Record<string, readonly FilePolicyRule[]>> | null
  readonly publish?: readonly FilePublishRule[] | null
}

/** The keys of each map of the section, for messages. */
export const policyKeys = {
  section: ['default', 'tables', 'events', 'publish'],
  tables: ['roles', 'where', 'tenant', 'hide', 'deny'],
  events: ['roles', 'where', 'tenant', 'deny'],
  publish: ['roles', 'events', 'rooms', 'deny'],
} as const

const yesNo: ValueKind<boolean> = {
  expected: 'true or false',
  input: z.boolean(),
  parse: found => (typeof found === 'boolean' ? found : undefined),
}
const condition: ValueKind<string | boolean> = {
  expected: 'a CEL expression in quotes',
  input: z.union([z.string(), z.boolean()]),
  parse: found => (typeof found === 'boolean' ? found : text.parse(found)),
}
const column: ValueKind<string> = { ...text, expected: 'the name of a column' }

/** The shape of the section `policies`. */
export function createPolicySchema(leaf: Leaf): z.ZodType {
  const whom = { roles: oneOrMore(leaf, text).optional(), deny: leaf(yesNo).optional() }
  const eventRule = z.strictObject({
    ...whom,
    where: leaf(condition).optional(),
    tenant: leaf(column).optional(),
  })
  const tableRule = eventRule.extend({ hide: oneOrMore(leaf, column).optional() })
  const publishRule = z.strictObject({
    ...whom,
    events: oneOrMore(leaf, text).optional(),
    rooms: oneOrMore(leaf, text).optional(),
  })
  return z.strictObject({
    default: leaf(choice(['allow', 'deny']))
      .optional()
      .meta({ description: 'What holds for tables, and events without a table, that no policy names.' }),
    tables: z.record(z.string(), z.array(tableRule)).nullish(),
    events: z.record(z.string(), z.array(eventRule)).nullish(),
    publish: z.array(publishRule).nullish(),
  })
}
