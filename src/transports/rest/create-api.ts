import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { getRequestListener } from '@hono/node-server'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { Identify, IsAdmin } from '../../access/identify.ts'
import type { Identity } from '../../access/identity.ts'
import { openIdentity } from '../../access/identity.ts'
import type { Audit } from '../../domain/audit.ts'
import { rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import type { Answer } from '../answer.ts'
import { errorAnswer } from '../problem.ts'
import { checkParameters, queryOf } from '../query.ts'
import { showCredentials } from '../show-credentials.ts'
import type { ApiOperation } from './api-call.ts'
import { parseBody, readBody } from './read-body.ts'

export interface ApiOptions {
  readonly operations: readonly ApiOperation[]
  readonly identify: Identify
  readonly isAdmin: IsAdmin
  readonly audit: Audit
  /** Hears of what is unexpected. */
  readonly onError: (error: unknown, part: string) => void
}

type Bindings = { Bindings: HttpBindings }

/** The API as a listener of a server of Node. What it throws has become a problem document already. */
export function createApi(
  options: ApiOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const app = new Hono<Bindings>()
  for (const operation of options.operations) {
    app.on(operation.method, operation.path, context => handle(context, operation, options))
  }
  for (const path of new Set(options.operations.map(operation => operation.path))) {
    const methods = options.operations
      .filter(operation => operation.path === path)
      .map(({ method }) => method)
    app.all(path, ({ req }) => toResponse(answerMethod(req.method, path, methods)))
  }
  app.notFound(({ req }) => toResponse(errorAnswer(rtbridgeError('RTB_HTTP_NOT_FOUND', { path: req.path }))))
  app.onError(thrown => toResponse(problemOf(thrown, options)))
  const malformed = () => toResponse(errorAnswer(rtbridgeError('RTB_REQUEST_MALFORMED', {})))
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: malformed })
  return (request, response) => Promise.resolve(listener(request, response))
}

async function handle(
  { env, req }: Context<Bindings>,
  operation: ApiOperation,
  { identify, isAdmin, audit }: ApiOptions,
): Promise<Response> {
  const query = queryOf(env.incoming.url)
  checkParameters(query, [...operation.parameters, 'ticket', 'token'])
  const shown = showCredentials(env.incoming, query)
  const { address } = shown
  const identity = operation.isSignIn === true ? openIdentity : await identify(shown)
  if (operation.isAdmins) {
    const isAllowed = isAdmin(identity, address)
    recordAdmin(audit, { identity, address, operation, isAllowed })
    if (!isAllowed) throw rtbridgeError('RTB_HTTP_ADMIN', {})
  }
  const body =
    operation.method === 'POST' ? parseBody(await readBody(req.raw), req.header('content-type')) : {}
  return toResponse(await operation.answer({ identity, address, query, body }))
}

function recordAdmin(
  audit: Audit,
  {
    identity,
    address,
    operation,
    isAllowed,
  }: {
    readonly identity: Identity
    readonly address: string
    readonly operation: ApiOperation
    readonly isAllowed: boolean
  },
): void {
  audit({
    action: isAllowed ? 'admin' : 'denied',
    user: identity.user,
    connection: null,
    address,
    code: isAllowed ? null : 'RTB_HTTP_ADMIN',
    subject: operation.path,
  })
}

function answerMethod(method: string, path: string, methods: readonly string[]): Answer {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods
  const allow = [...allowed, 'OPTIONS'].join(', ')
  if (method === 'OPTIONS') return { status: 204, headers: { allow }, body: '' }
  return errorAnswer(rtbridgeError('RTB_HTTP_METHOD', { path, allowed: allow }), { allow })
}

function problemOf(thrown: unknown, { onError }: ApiOptions): Answer {
  const error = toRtbridgeError(thrown, 'the api')
  // Why something could not be stored is for the operator, too.
  const isStorage = error.code === 'RTB_CUSTOM_EVENT_FAILED' && error.cause !== undefined
  if (error.actor === 'rtbridge' || isStorage) onError(thrown, 'api')
  return errorAnswer(error)
}

function toResponse({ status, headers, body }: Answer): Response {
  return new Response(status === 204 ? null : body, { status, headers })
}
