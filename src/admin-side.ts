import { hostname } from 'node:os'
import type { AdminSessions } from './access/admin-sessions.ts'
import type { TableRegistry } from './capture/table-registry.ts'
import type { Config } from './config/config.ts'
import { isCanary } from './domain/change.ts'
import { hubAddress } from './operations/daemon-status.ts'
import { EventTally } from './operations/event-tally.ts'
import type { RuleFailures } from './operations/rule-failures.ts'
import type { DashboardWays, WaysIn } from './transports/ways-in.ts'

export interface AdminSideOptions {
  readonly config: Config
  /** This machine gets in without a key and without a link; default false. */
  readonly opensDashboard?: boolean
  readonly sessions: AdminSessions
  readonly registry: TableRegistry
  readonly failures: RuleFailures
}

/** Names for "all addresses of this machine", which lead nowhere in a browser of another one. */
const everywhere = ['0.0.0.0', '::']

/** What a hub keeps for its admins: counts of tables and rules, and the way into the dashboard. */
export class AdminSide {
  readonly tally = new EventTally()
  readonly #options: AdminSideOptions

  constructor(options: AdminSideOptions) {
    this.#options = options
  }

  get ways(): Pick<WaysIn, 'tables' | 'dashboard'> {
    const { config, registry, failures } = this.#options
    return {
      tables: () =>
        this.tally.describe({
          tables: [...registry.tables.values()].filter(table => !isCanary(table)),
          rules: config.tables,
          failures: failures.list(),
        }),
      dashboard: config.hub.dashboard === 'off' ? null : this.#dashboard(),
    }
  }

  /**
   * Where an admin opens the dashboard, with a link that is good once where one is needed.
   * @returns null when there is no dashboard
   * @throws RTB_AUTH_TICKETS when too many links wait to be used
   */
  link(port: number): string | null {
    const { config, opensDashboard, sessions } = this.#options
    if (config.hub.dashboard === 'off') return null
    return `${dashboardUrl(config, port)}${opensDashboard === true ? '' : `#${sessions.issueLink().ticket}`}`
  }

  #dashboard(): DashboardWays {
    const { sessions, opensDashboard = false } = this.#options
    const iso = (ms: number) => new Date(ms).toISOString()
    return {
      issueLink: () => {
        const { ticket, validMs } = sessions.issueLink()
        return { link: ticket, expiresAt: iso(Date.now() + validMs) }
      },
      signIn: (link, address) => {
        const { token, expiresAt } = sessions.open(link, address)
        return { token, expiresAt: iso(expiresAt) }
      },
      isOpenHere: opensDashboard,
    }
  }
}

/** Where the dashboard is: as clients find the hub, or by the name of this machine. */
export function dashboardUrl({ hub, tls }: Pick<Config, 'hub' | 'tls'>, port: number): string {
  if (hub.publicUrl !== null) return new URL('/dashboard', hub.publicUrl.replace(/^ws/, 'http')).href
  const host = everywhere.includes(hub.host) ? hostname() : hub.host
  return `${tls.certFile === null ? 'http' : 'https'}://${hubAddress({ host, port })}/dashboard`
}
