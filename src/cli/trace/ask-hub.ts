import type * as z from 'zod'
import type { Config } from '../../config/config.ts'
import type { Change } from '../../domain/change.ts'
import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { apiAnswers } from '../../protocol/api-schemas.ts'
import { fetchJson } from '../../transports/hub-trust.ts'
import { hubEndpoint, hubTrust } from '../hub-address.ts'
import { type HubStatus, readHubStatus } from '../status/read-status.ts'

/** What a hub says of one change: see `GET /api/trace`. */
export type HubTrace = z.infer<typeof apiAnswers.trace>

/** What could be learned from a hub. */
export interface HubLook extends HubStatus {
  /** Null when it does not tell, and `refusal` says why. */
  readonly trace: HubTrace | null
  readonly refusal: string | null
}

export interface AskHubOptions {
  readonly cwd: string
  /** Another hub than that of the configuration. */
  readonly url?: string | undefined
  readonly ca?: string | undefined
  readonly token: string | null
}

/** A hub answers at once. */
const answerWithinMs = 5_000

/** Asks a hub how it is, and about a change. @param change null: there is none to ask about */
export async function askHub(
  config: Config,
  change: Pick<Change, 'xid' | 'seq'> | null,
  { cwd, url, ca, token }: AskHubOptions,
): Promise<HubLook> {
  const endpoint =
    url === undefined
      ? hubEndpoint(config, { cwd, ca })
      : { address: url, httpUrl: toHttpUrl(url), trust: hubTrust(config, { cwd, ca }) }
  const status = await readHubStatus(endpoint, token)
  if (status.health === null || change === null) return { ...status, trace: null, refusal: null }
  try {
    const query = new URLSearchParams({ tx: change.xid, seq: change.seq })
    const { httpUrl, trust } = endpoint
    const options = { trust, timeoutMs: answerWithinMs, token }
    const answer = await fetchJson(`${httpUrl}/api/trace?${query}`, options)
    const found = apiAnswers.trace.safeParse(answer)
    if (found.success) return { ...status, trace: found.data, refusal: null }
    return { ...status, trace: null, refusal: describeRefusal(answer) }
  } catch (error) {
    return { ...status, trace: null, refusal: error instanceof Error ? error.message : String(error) }
  }
}

function describeRefusal(answer: unknown): string {
  const { detail, code } = (answer ?? {}) as Partial<Pick<RtbridgeError, 'code'> & { detail: string }>
  if (code === 'RTB_HTTP_NOT_FOUND') return 'it is of an older version, and does not tell of its clients'
  return code === undefined ? 'its answer cannot be read' : `${detail} (${code})`
}

/** `wss://host:8765/` is `https://host:8765` to a request. */
function toHttpUrl(url: string): string {
  return url.replace(/^ws/, 'http').replace(/\/$/, '')
}
