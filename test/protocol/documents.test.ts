import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { createAsyncApiDocument } from '../../src/protocol/asyncapi.ts'
import { clientMessageTypes } from '../../src/protocol/client-schemas.ts'
import { hubMessageTypes } from '../../src/protocol/hub-schemas.ts'
import { createOpenApiDocument } from '../../src/protocol/openapi.ts'
import { filterParameters } from '../../src/transports/query.ts'
import { eventsParameters } from '../../src/transports/sse/events-query.ts'
import { openTestServer } from '../support/open-test-server.ts'

/** What OpenAPI 3.1 asks of the objects that our document has. @see https://spec.openapis.org/oas/v3.1.1.html */
const schema = z.record(z.string(), z.unknown())
const content = z.record(z.string().regex(/^[a-z]+\/[a-z+-]+$/), z.strictObject({ schema }))
const operation = z.strictObject({
  operationId: z.string().min(1),
  summary: z.string().min(1),
  tags: z.array(z.enum(['events', 'hub', 'health'])).length(1),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z
    .array(
      z.strictObject({ in: z.literal('query'), name: z.string(), description: z.string().min(1), schema }),
    )
    .optional(),
  requestBody: z.strictObject({ content }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.strictObject({ description: z.string().min(1), content }),
  ),
})
const openApi = z.strictObject({
  openapi: z.literal('3.1.1'),
  info: z.strictObject({
    title: z.string(),
    summary: z.string(),
    description: z.string(),
    version: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  tags: z.array(z.strictObject({ name: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(
    z.string().startsWith('/'),
    z.strictObject({ get: operation.optional(), post: operation.optional() }),
  ),
  components: z.strictObject({
    schemas: z.record(z.string(), schema),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(['http', 'apiKey']) })),
  }),
})

/** What AsyncAPI 3.0 asks. @see https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
const reference = z.strictObject({ $ref: z.string().startsWith('#/') })
const name = z.string().regex(/^[A-Za-z0-9_-]+$/)
const asyncApi = z.strictObject({
  asyncapi: z.literal('3.0.0'),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string() }),
  }),
  defaultContentType: z.literal('application/json'),
  channels: z.record(
    name,
    z.strictObject({
      address: z.string().startsWith('/'),
      description: z.string(),
      messages: z.record(name, reference),
      bindings: z
        .strictObject({ ws: z.strictObject({ method: z.string(), bindingVersion: z.string() }) })
        .optional(),
    }),
  ),
  operations: z.record(
    name,
    z.strictObject({
      action: z.enum(['send', 'receive']),
      channel: reference,
      messages: z.array(reference).min(1),
    }),
  ),
  components: z.strictObject({
    messages: z.record(
      name,
      z.strictObject({
        name: z.string(),
        title: z.string(),
        payload: z.looseObject({ type: z.literal('object') }),
      }),
    ),
  }),
})

/** Every `$ref` of a document, and whether it leads somewhere. */
function brokenReferences(document: object): string[] {
  const broken: string[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref' && typeof inner === 'string') {
        const target = inner
          .slice(2)
          .split('/')
          .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document)
        if (!inner.startsWith('#/') || target === undefined) broken.push(inner)
      } else visit(inner)
    }
  }
  visit(document)
  return broken
}

describe('the OpenAPI document', () => {
  const document = openApi.parse(createOpenApiDocument())

  test('has the structure of OpenAPI 3.1, and references that lead somewhere', () => {
    expect(brokenReferences(document)).toEqual([])
  })

  test('names each operation and each parameter of it once', () => {
    const operations = Object.values(document.paths).flatMap(({ get, post }) =>
      [get ?? [], post ?? []].flat(),
    )
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { parameters = [] } of operations) {
      expect(new Set(parameters.map(each => each.name)).size).toBe(parameters.length)
    }
  })

  test('describes what a hub answers, and a hub answers what it describes', async () => {
    const none = () => ({ link: '', token: '', expiresAt: '' })
    const dashboard = { issueLink: none, signIn: none, signOut: () => true, isOpenHere: false }
    const { url } = await openTestServer({}, { ways: { dashboard } })
    for (const [path, item] of Object.entries(document.paths)) {
      const allowed = [item.get === undefined ? [] : ['GET'], item.post === undefined ? [] : ['POST']].flat()
      const answer = await fetch(url(path), { method: 'DELETE' })
      expect([path, answer.status]).toEqual([path, 405])
      const said = (answer.headers.get('allow') ?? '')
        .split(', ')
        .filter(each => each !== 'HEAD' && each !== 'OPTIONS')
      expect([path, said]).toEqual([path, allowed])
    }
    const stats = await fetch(url('/api/stats'))
    const described = document.paths['/api/stats']?.get?.responses['200']?.content['application/json']?.schema
    expect(z.fromJSONSchema(described ?? false).safeParse(await stats.json()).success).toBe(true)
  })

  test('lists the parameters that are understood', () => {
    const parametersOf = (path: string) =>
      (document.paths[path]?.get?.parameters ?? []).map(parameter => parameter.name).sort()
    const known = eventsParameters.filter(parameter => parameter !== 'ticket' && parameter !== 'token')
    expect(parametersOf('/events')).toEqual([...known].sort())
    expect(parametersOf('/api/events')).toEqual([...filterParameters, 'cursor', 'limit'].sort())
  })

  test('is served, and so is the other', async () => {
    const { url } = await openTestServer()
    expect(await (await fetch(url('/openapi.json'))).json()).toEqual(createOpenApiDocument())
    expect(await (await fetch(url('/asyncapi.json'))).json()).toEqual(createAsyncApiDocument())
  })
})

describe('the AsyncAPI document', () => {
  const document = asyncApi.parse(createAsyncApiDocument())

  test('has the structure of AsyncAPI 3.0, and references that lead somewhere', () => {
    expect(brokenReferences(document)).toEqual([])
  })

  test('describes every message of the protocol, and no other', () => {
    const described = Object.keys(document.components.messages).sort()
    const wanted = [
      ...clientMessageTypes.map(type => `${type}_client`),
      ...hubMessageTypes.map(type => `${type}_hub`),
    ]
    expect(described.filter(each => !each.endsWith('_block'))).toEqual(wanted.sort())
  })

  test('lets operations use messages of their own channel only', () => {
    for (const { channel, messages } of Object.values(document.operations)) {
      for (const { $ref } of messages) expect($ref.startsWith(`${channel.$ref}/messages/`)).toBe(true)
    }
  })
})
