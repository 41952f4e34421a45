import { dashboardUrl } from '../../daemon/admin-side.ts'
import { type RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import { fetchJson } from '../../transports/hub-trust.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { hubEndpoint } from '../hub-address.ts'
import { readHubToken } from '../hub-token.ts'

interface DashboardOptions {
  readonly ca?: string
  readonly tokenFile?: string
}

/** What a hub says: a link, or a problem document. */
type LinkAnswer = Partial<Record<'link' | 'expires_at' | 'code' | 'detail' | 'hint', string>>

const timeoutMs = 5_000

/**
 * `rtbridge dashboard`: a link for whoever has lost the one that `serve` printed.
 * @throws RTB_DASHBOARD_OFF RTB_DASHBOARD_UNREACHABLE RTB_DASHBOARD_REFUSED RTB_COMMAND_TOKEN
 */
export async function runDashboard(context: CommandContext, options: DashboardOptions): Promise<void> {
  const { host, output } = context
  const { config } = loadSettingsAloud(context)
  if (config.hub.dashboard === 'off') throw rtbridgeError('RTB_DASHBOARD_OFF', {})
  const { address, httpUrl, trust } = hubEndpoint(config, { cwd: host.cwd, ca: options.ca })
  const token = readHubToken(host, options.tokenFile)
  const url = `${httpUrl}/api/dashboard/link`
  let answer: LinkAnswer | null
  try {
    answer = (await fetchJson(url, { trust, timeoutMs, token, body: {} })) as LinkAnswer | null
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw rtbridgeError('RTB_DASHBOARD_UNREACHABLE', { address, problem }, error)
  }
  if (answer?.link === undefined) throw refusal(answer)
  const link = `${dashboardUrl(config, config.hub.port)}#${answer.link}`
  output.note('this link is good once, for ten minutes:')
  output.print(link)
  output.json({ version: 1, link, expires_at: answer.expires_at })
}

/** Who has no key yet makes one; the hub takes it into use without a restart. */
const howToGetIn =
  'run: rtbridge token create boss --roles admin, add what it prints to rtbridge.yaml, reload the hub (systemctl reload rtbridge, or kill -HUP), then sign in with that key, or give it in RTBRIDGE_TOKEN'

function refusal(answer: LinkAnswer | null): RtbridgeError {
  const {
    code = 'no code',
    detail = 'another program answers there',
    hint = 'see `rtbridge status`',
  } = answer ?? {}
  const isAboutWho = ['RTB_AUTH_REQUIRED', 'RTB_AUTH_INVALID', 'RTB_HTTP_ADMIN'].includes(code)
  return rtbridgeError('RTB_DASHBOARD_REFUSED', { code, detail, hint: isAboutWho ? howToGetIn : hint })
}
