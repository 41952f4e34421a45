import {
  type EventVariant,
  type Field,
  type NamedType,
  rowsByLabel,
  type TypeModel,
  type ValueType,
} from './value-type.ts'

/** A JSON Schema inside the document. */
type JsonSchema = Readonly<Record<string, unknown>>

/**
 * Writes the types as a JSON Schema (draft 2020-12): rows in `$defs`, and as properties the same `tables` and `events`
 * that `Schema` has in TypeScript. The same model gives the same bytes.
 * @param command what makes it anew
 * @see https://json-schema.org/draft/2020-12
 */
export function renderJsonSchema(model: TypeModel, command: string): string {
  const named = [...model.tables.map(({ row }) => row), ...model.types]
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: `Made from the database and rtbridge.yaml. To make it anew: ${command}`,
    type: 'object',
    properties: {
      tables: objectOf([...rowsByLabel(model)].map(([label, rows]) => [label, anyOf(rows.map(reference))])),
      events: objectOf(
        model.events.map(({ name, variants }) => [
          name,
          anyOf(variants.map(variant => variantSchema(name, variant))),
        ]),
      ),
    },
    $defs: fromEntries(named.map(type => [type.name, namedSchema(type)])),
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function anyOf(schemas: readonly JsonSchema[]): JsonSchema {
  const [first] = schemas
  return schemas.length === 1 && first !== undefined ? first : { anyOf: schemas }
}

/** The data of a `realtime_event`. */
function variantSchema(name: string, { table, ops, data, holdsRow }: EventVariant): JsonSchema {
  const properties = { event_type: { const: name }, table: { const: table }, op: { enum: ops } }
  const required = ['event_type', 'table', 'op', 'data']
  if (!holdsRow) return { type: 'object', properties: { ...properties, data: schemaOf(data) }, required }
  // Of a row that was too big for the journal there is the key only.
  const whole = { properties: { data: schemaOf(data), truncated: { const: false } } }
  const key = { properties: { truncated: { const: true } }, required: ['truncated'] }
  return {
    type: 'object',
    properties,
    required,
    anyOf: [whole, key].map(part => ({ type: 'object', ...part })),
  }
}

function namedSchema({ remarks, shape }: NamedType): JsonSchema {
  const description = describe(remarks)
  if (shape.kind === 'object') return { ...description, ...fieldsSchema(shape.fields) }
  return shape.labels.length === 0 ? { ...description, not: {} } : { ...description, enum: shape.labels }
}

function fieldsSchema(fields: readonly Field[]): JsonSchema {
  return objectOf(
    fields.map(({ name, type, remarks }) => [name, { ...describe(remarks), ...schemaOf(type) }]),
    fields.filter(({ isHidden }) => !isHidden).map(({ name }) => name),
  )
}

/** An object with these members; others may come with later versions of the table. */
function objectOf(
  members: readonly (readonly [string, JsonSchema])[],
  required = members.map(([name]) => name),
): JsonSchema {
  return { type: 'object', properties: fromEntries(members), required }
}

function schemaOf(type: ValueType): JsonSchema {
  switch (type.kind) {
    case 'number':
      return { anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] }
    case 'named':
      return reference(type.type)
    case 'nullable':
      return { anyOf: [schemaOf(type.of), { type: 'null' }] }
    case 'array':
      return { type: 'array', items: schemaOf(type.items) }
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(type.values) }
    case 'object':
      return fieldsSchema(type.fields)
    case 'unknown':
      return {}
    default:
      return { type: type.kind }
  }
}

function reference({ name }: NamedType): JsonSchema {
  return { $ref: `#/$defs/${encodeURIComponent(name)}` }
}

function describe(remarks: readonly string[]): JsonSchema {
  return remarks.length === 0 ? {} : { description: remarks.join('\n\n') }
}

/** Also a member named `__proto__` is one of its own. */
function fromEntries(members: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  return Object.fromEntries(members)
}
