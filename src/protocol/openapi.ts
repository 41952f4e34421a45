import type * as z from 'zod'
import { adminBodies, apiAnswers, nothingSchema, problemSchema, publishSchema } from './api-schemas.ts'
import type { JsonSchema } from './json-schema.ts'
import { toJsonSchema } from './json-schema.ts'
import {
  eventFilters,
  eventStreamParameters,
  historyParameters,
  type Parameter,
} from './openapi-parameters.ts'

/** One operation, as the document is made from it. */
interface Operation {
  readonly id: string
  readonly summary: string
  readonly tag: 'events' | 'hub' | 'health'
  readonly parameters?: readonly Parameter[]
  readonly body?: z.ZodType
  readonly status: number
  /** Made when the document is: nothing of it is worked out at a start. */
  readonly answer: () => JsonSchema
  /** Content type of the answer; default JSON. */
  readonly type?: string
  /** False: everybody may, without showing who he is. */
  readonly secured?: boolean
  /** Statuses of problems, besides those of all. */
  readonly problems?: readonly number[]
}

const answers = (schema: z.ZodType) => () => toJsonSchema(schema, 'draft-2020-12')
const anObject = (): JsonSchema => ({ type: 'object' })

const paths: Readonly<Record<string, Readonly<Partial<Record<'get' | 'post', Operation>>>>> = {
  '/events': {
    get: {
      id: 'streamEvents',
      summary:
        'Events as server-sent events. `event` is the event type, `data` the event, `id` the position to resume from.',
      tag: 'events',
      parameters: eventStreamParameters,
      status: 200,
      answer: () => ({ type: 'string', description: 'Blocks of an event stream, see docs/protocol.md' }),
      type: 'text/event-stream',
      problems: [503],
    },
  },
  '/api/events': {
    get: {
      id: 'readHistory',
      summary: 'A page of the past, from a cursor on.',
      tag: 'events',
      parameters: [...eventFilters, ...historyParameters],
      status: 200,
      answer: answers(apiAnswers.history),
      problems: [403, 410, 503],
    },
  },
  '/api/publish': {
    post: {
      id: 'publish',
      summary: 'Sends an event to the connected apps, or with `durable` through the journal.',
      tag: 'events',
      body: publishSchema,
      status: 202,
      answer: answers(apiAnswers.publish),
      problems: [403, 413, 415, 503],
    },
  },
  '/api/test-event': {
    post: {
      id: 'sendTestEvent',
      summary: 'For admins: sends an event through the journal to everybody.',
      tag: 'events',
      body: nothingSchema,
      status: 202,
      answer: answers(apiAnswers.testEvent),
      problems: [403, 413, 415, 503],
    },
  },
  '/api/connections': {
    get: {
      id: 'listConnections',
      summary: 'For admins: who is connected to this hub.',
      tag: 'hub',
      status: 200,
      answer: answers(apiAnswers.connections),
      problems: [403],
    },
  },
  '/api/trace': {
    get: {
      id: 'traceChange',
      summary: 'For admins: what this hub made of a change of the journal, and how far that is to whom.',
      tag: 'hub',
      parameters: [
        { name: 'tx', schema: { type: 'string' }, description: '`tx` of the change' },
        { name: 'seq', schema: { type: 'string' }, description: 'Its `seq`' },
      ],
      status: 200,
      answer: answers(apiAnswers.trace),
      problems: [403],
    },
  },
  '/api/connections/disconnect': {
    post: {
      id: 'disconnect',
      summary: 'For admins: ends a connection of this hub; its client comes back where it was.',
      tag: 'hub',
      body: adminBodies.disconnect,
      status: 200,
      answer: answers(apiAnswers.disconnect),
      problems: [403, 404, 413, 415],
    },
  },
  '/api/connections/message': {
    post: {
      id: 'tellConnection',
      summary: 'For admins: sends RTBRIDGE_MESSAGE to one connection of this hub.',
      tag: 'hub',
      body: adminBodies.message,
      status: 200,
      answer: answers(apiAnswers.message),
      problems: [403, 404, 413, 415],
    },
  },
  '/api/tables': {
    get: {
      id: 'listTables',
      summary: 'For admins: captured tables and rules, with what this hub counted.',
      tag: 'hub',
      status: 200,
      answer: answers(apiAnswers.tables),
      problems: [403],
    },
  },
  '/api/explain': {
    post: {
      id: 'explainChange',
      summary:
        'For admins: what every rule makes of a change and why. Of a change in the journal only if policies show him all of it.',
      tag: 'hub',
      body: adminBodies.explain,
      status: 200,
      answer: answers(apiAnswers.explain),
      problems: [403, 404, 413, 415],
    },
  },
  '/api/doctor': {
    post: {
      id: 'examine',
      summary:
        'For admins: the checks of `rtbridge doctor`, as this hub sees them; at most some seconds old.',
      tag: 'hub',
      body: nothingSchema,
      status: 200,
      answer: answers(apiAnswers.doctor),
      problems: [403, 413, 415],
    },
  },
  '/api/dashboard': {
    get: {
      id: 'mayUseDashboard',
      summary: 'Whether who asks may use the dashboard. Missing with `hub.dashboard: off`.',
      tag: 'hub',
      status: 200,
      answer: answers(apiAnswers.dashboard),
    },
  },
  '/api/dashboard/link': {
    post: {
      id: 'makeDashboardLink',
      summary: 'For admins: a link into the dashboard, good once, for ten minutes.',
      tag: 'hub',
      body: nothingSchema,
      status: 201,
      answer: answers(apiAnswers.link),
      problems: [403, 413, 415],
    },
  },
  '/api/dashboard/sign-in': {
    post: {
      id: 'signIntoDashboard',
      summary: 'Takes such a link for a token of twelve hours.',
      tag: 'hub',
      body: adminBodies.signIn,
      status: 201,
      answer: answers(apiAnswers.session),
      secured: false,
      problems: [400, 401, 413, 415, 429],
    },
  },
  '/api/dashboard/sign-out': {
    post: {
      id: 'signOutOfDashboard',
      summary: 'Ends the session of the dashboard that is shown, with its connections. A key stays good.',
      tag: 'hub',
      body: nothingSchema,
      status: 200,
      answer: answers(apiAnswers.signedOut),
      problems: [413, 415],
    },
  },
  '/api/rooms': {
    get: {
      id: 'listRooms',
      summary: 'Rooms that have members at this hub.',
      tag: 'hub',
      status: 200,
      answer: answers(apiAnswers.rooms),
    },
  },
  '/api/presence': {
    get: {
      id: 'listPresent',
      summary: 'Who is there.',
      tag: 'hub',
      parameters: [{ name: 'room', schema: { type: 'string' }, description: 'Only its members' }],
      status: 200,
      answer: answers(apiAnswers.presence),
    },
  },
  '/api/stats': {
    get: {
      id: 'readStats',
      summary: 'What the hub counts.',
      tag: 'hub',
      status: 200,
      answer: answers(apiAnswers.stats),
    },
  },
  '/api/ticket': {
    post: {
      id: 'issueTicket',
      summary:
        'A ticket that stands for who asks, once and for a short time: for a WebSocket or EventSource.',
      tag: 'hub',
      body: nothingSchema,
      status: 201,
      answer: answers(apiAnswers.ticket),
      problems: [404, 413, 415],
    },
  },
  '/livez': {
    get: {
      id: 'isAlive',
      summary: 'The process runs.',
      tag: 'health',
      status: 200,
      answer: anObject,
      secured: false,
    },
  },
  '/readyz': {
    get: {
      id: 'isReady',
      summary: 'Clients get what the database commits.',
      tag: 'health',
      status: 200,
      answer: anObject,
      secured: false,
      problems: [503],
    },
  },
  '/health': {
    get: {
      id: 'readHealth',
      summary: 'How the hub is; 503 with the same document while it is not ready.',
      tag: 'health',
      status: 200,
      answer: anObject,
      secured: false,
    },
  },
  '/metrics': {
    get: {
      id: 'readMetrics',
      summary: 'For admins and this machine: metrics in the text format of Prometheus, see docs/metrics.md.',
      tag: 'health',
      status: 200,
      answer: () => ({ type: 'string' }),
      type: 'text/plain',
      problems: [403],
    },
  },
}

/** The OpenAPI document of everything over plain HTTP. @see https://spec.openapis.org/oas/v3.1.1.html */
export function createOpenApiDocument(): JsonSchema {
  const described = Object.entries(paths).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(item).map(([method, operation]) => [method, describeOperation(operation)]),
    ),
  ])
  return {
    openapi: '3.1.1',
    info: {
      title: 'rtbridge',
      summary: 'Row changes of a PostgreSQL database as events',
      description: 'The WebSocket side is described by /asyncapi.json.',
      version: '1.0.0',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [{ name: 'events' }, { name: 'hub' }, { name: 'health' }],
    // Nothing to show is right at a hub in mode open.
    security: [{}, { bearer: [] }, { ticket: [] }],
    paths: Object.fromEntries(described),
    components: {
      schemas: { Problem: toJsonSchema(problemSchema, 'draft-2020-12') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A key or a JWT' },
        ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'Of POST /api/ticket' },
      },
    },
  }
}

function describeOperation(operation: Operation): JsonSchema {
  const { id, summary, tag, parameters = [], body, status, answer, type = 'application/json' } = operation
  const problems = [...(operation.secured === false ? [] : [400, 401]), ...(operation.problems ?? [])]
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(operation.secured === false ? { security: [] } : {}),
    ...(parameters.length === 0
      ? {}
      : { parameters: parameters.map(parameter => ({ in: 'query', ...parameter })) }),
    ...(body === undefined ? {} : { requestBody: describeBody(body) }),
    responses: {
      [status]: { description: 'Done', content: { [type]: { schema: answer() } } },
      ...Object.fromEntries(problems.map(problem => [problem, describeProblem])),
    },
  }
}

function describeBody(schema: z.ZodType): JsonSchema {
  return { content: { 'application/json': { schema: toJsonSchema(schema, 'draft-2020-12') } } }
}

const describeProblem: JsonSchema = {
  description: 'A problem document (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}
