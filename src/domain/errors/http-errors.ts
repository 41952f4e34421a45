import { define } from './define.ts'

/** What is wrong with a request over plain HTTP; the same codes stand in problem documents. */
export const httpErrors = {
  RTB_HTTP_NOT_FOUND: define<{ path: string }>({
    actor: 'client-author',
    message: ({ path }) => `there is nothing at ${short(path)}`,
    hint: () => 'WebSockets are at / and /ws, events at /events, the rest is described by /openapi.json',
  }),
  RTB_HTTP_METHOD: define<{ path: string; allowed: string }>({
    actor: 'client-author',
    message: ({ path, allowed }) => `${short(path)} answers ${allowed} only`,
    hint: () => 'use one of the methods in the Allow header',
  }),
  RTB_HTTP_UPGRADE: define<object>({
    actor: 'client-author',
    message: () => 'this address speaks WebSocket',
    hint: () => 'connect with a WebSocket client (ws://), or read the same events from /events',
  }),
  RTB_HTTP_BODY_SIZE: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `the body is longer than ${limit} bytes`,
    hint: () => 'send less, or put the content into a table and send its key',
  }),
  RTB_HTTP_MEDIA_TYPE: define<object>({
    actor: 'client-author',
    message: () => 'the body is not sent as JSON',
    hint: () => 'send JSON, with the header Content-Type: application/json',
  }),
  RTB_HTTP_BODY: define<{ path: string; problem: string }>({
    actor: 'client-author',
    message: ({ path, problem }) => `${short(path)}: ${short(problem)}`,
    hint: () => 'see the request in /openapi.json',
  }),
  RTB_HTTP_ADMIN: define<object>({
    actor: 'client-author',
    message: () => 'this is for admins',
    hint: () =>
      'use a key or token with the role admin; at a hub that asks nobody who he is, call it from its own machine',
  }),
  RTB_HTTP_CONNECTION: define<{ connection: string }>({
    actor: 'client-author',
    message: ({ connection }) => `there is no connection ${short(connection)} at this hub`,
    hint: () => 'GET /api/connections lists those that are there; every hub knows its own only',
  }),
  RTB_HTTP_TABLE: define<{ table: string }>({
    actor: 'client-author',
    message: ({ table }) => `the table ${short(table)} is not captured`,
    hint: () => 'GET /api/tables lists those that are; run: rtbridge install-triggers',
  }),
  RTB_HTTP_CHANGE: define<object>({
    actor: 'client-author',
    message: () => 'there is no such change in the journal',
    hint: () =>
      'it may have been pruned; the last change of a table is looked for among the newest 100,000 only',
  }),
  RTB_HTTP_CHANGE_HIDDEN: define<object>({
    actor: 'client-author',
    message: () => 'policies keep a part of that change from you, and its explanation would tell it',
    hint: () => 'give rows of your own instead, or ask with a key whose roles see all of the table',
  }),
  RTB_HTTP_TICKETS: define<object>({
    actor: 'client-author',
    message: () => 'this hub gives out no tickets',
    hint: () => 'connect without one: a hub in mode open asks nobody who he is',
  }),
  RTB_QUERY_UNKNOWN: define<{ parameter: string; suggestion: string | null }>({
    actor: 'client-author',
    message: ({ parameter }) => `there is no parameter ${short(parameter)} here`,
    hint: ({ suggestion }) =>
      suggestion === null ? '/openapi.json lists the parameters of each path' : `did you mean ${suggestion}?`,
  }),
  RTB_QUERY_INVALID: define<{ parameter: string; problem: string }>({
    actor: 'client-author',
    message: ({ parameter, problem }) => `${short(parameter)}: ${short(problem)}`,
    hint: () => '/openapi.json tells what each parameter may be',
  }),
  RTB_CURSOR_GAP: define<{ reason: string }>({
    actor: 'client-author',
    message: ({ reason }) => `the cursor cannot be continued from: ${reason}`,
    hint: () => 'read the tables anew, and go on from the cursor that came with this answer',
  }),
  RTB_HUB_NOT_READY: define<{ reason: string }>({
    actor: 'operator',
    message: ({ reason }) => `the hub does not get what its database commits: ${short(reason)}`,
    hint: () => 'try again in a moment; /health and `rtbridge status` say what is wrong',
  }),
  RTB_HUB_FULL: define<object>({
    actor: 'operator',
    message: () => 'the hub has as many connections as it may have, or stops',
    hint: () =>
      'try again after the time in Retry-After; connect to another hub of the database if there is one',
  }),
} as const

/** Client input inside a message: on one line and not too long. */
function short(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
