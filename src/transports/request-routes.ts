import { fileURLToPath } from 'node:url'
import { once } from '../domain/once.ts'
import type { Hub } from '../hub/hub.ts'
import { createAsyncApiDocument } from '../protocol/asyncapi.ts'
import { createOpenApiDocument } from '../protocol/openapi.ts'
import type { MetricsText } from './answer-metrics.ts'
import { answerMetrics, metricsPath } from './answer-metrics.ts'
import type { HealthReport } from './handle-request.ts'
import { handleRequest, pathOf } from './handle-request.ts'
import { maySeeHealth } from './may-see-health.ts'
import { createPage } from './page/create-page.ts'
import { readPageFiles } from './page/read-page-files.ts'
import { adminOperations } from './rest/admin-operations.ts'
import { createApi } from './rest/create-api.ts'
import { dashboardOperations } from './rest/dashboard-operations.ts'
import { eventOperations } from './rest/event-operations.ts'
import { hubOperations, roomsForCaller } from './rest/hub-operations.ts'
import type { RequestRoutes } from './route-request.ts'
import { openEventStreams } from './sse/serve-events.ts'
import type { WaysIn } from './ways-in.ts'

export interface RequestRoutesOptions {
  readonly hub: Hub
  readonly ways: WaysIn
  readonly health: () => HealthReport
  readonly metrics: () => Promise<MetricsText>
  /** How long a polite close of a stream may take, milliseconds. */
  readonly closeWithinMs: number
  /** Hears of what is unexpected. */
  readonly onError: (error: unknown, part: string) => void
}

/** Where the build puts the page: the same place from `src/` and from `dist/`. */
const builtPage = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url))

/** The page, read when the first hub of the process opens. */
const openPage = once(() => createPage(readPageFiles(builtPage)))

/** Descriptions of all of it, made when somebody asks for the first time. */
const documents = {
  '/openapi.json': once(createOpenApiDocument),
  '/asyncapi.json': once(createAsyncApiDocument),
}

/** Everything that a hub answers over plain HTTP. `close` ends what runs by itself. */
export function createRequestRoutes({
  hub,
  ways,
  health,
  metrics,
  closeWithinMs,
  onError,
}: RequestRoutesOptions): RequestRoutes & { close(): void } {
  const { identify, isAdmin, issueTicket, roomsOf, audit, keepAliveMs } = ways
  const streams = openEventStreams({ hub, identify, keepAliveMs, closeWithinMs })
  const roomsFor = roomsForCaller(
    ({ identity, address }) => isAdmin(identity, address),
    ({ identity }) => roomsOf(identity),
  )
  const api = createApi({
    operations: [
      ...eventOperations(hub),
      ...hubOperations({ hub, issueTicket, roomsFor }),
      ...adminOperations(hub, ways.admin),
      ...(ways.dashboard === null ? [] : dashboardOperations(ways.dashboard, audit)),
    ],
    identify,
    isAdmin,
    audit,
    onError,
  })
  return {
    plain: async request => {
      if (pathOf(request) === metricsPath) return answerMetrics(request, ways, metrics)
      const isDetailed = pathOf(request) !== '/health' || (await maySeeHealth(request, ways))
      return handleRequest(request, health, documents, isDetailed)
    },
    page: ways.dashboard === null ? null : openPage(),
    events: (request, response) => streams.serve(request, response),
    api,
    close: () => streams.close(),
  }
}
