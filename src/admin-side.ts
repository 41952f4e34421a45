import { hostname } from 'node:os'
import type { AdminSessions } from './access/admin-sessions.ts'
import type { TableRegistry } from './capture/table-registry.ts'
import type { Config } from './config/config.ts'
import { isCanary } from './domain/change.ts'
import type { TableRule } from './domain/rule.ts'
import { hubAddress } from './operations/daemon-status.ts'
import { describeTables } from './operations/describe-tables.ts'
import type { Observations } from './operations/observations.ts'
import type { RuleFailures } from './operations/rule-failures.ts'
import type { DashboardWays, WaysIn } from './transports/ways-in.ts'

export interface AdminSideOptions {
  readonly config: Config
  /** This machine gets in without a key and without a link; default false. */
  readonly opensDashboard?: boolean
  readonly sessions: AdminSessions
  readonly registry: TableRegistry
  readonly failures: RuleFailures
  /** What the hub sees of its own work. */
  readonly observed: Observations
}

/** Names for "all addresses of this machine", which lead nowhere in a browser of another one. */
const everywhere = ['0.0.0.0', '::']

/** What a hub has for its admins: counts of tables and rules, and the way into the dashboard. */
export class AdminSide {
  readonly #options: AdminSideOptions
  #rules: readonly TableRule[]

  constructor(options: AdminSideOptions) {
    this.#options = options
    this.#rules = options.config.tables
  }

  /** Other rules are in force: they are counted and shown from now on. */
  useRules({ tables }: Pick<Config, 'tables'>): void {
    this.#rules = tables
    this.#options.observed.useRules(tables)
  }

  get ways(): Pick<WaysIn, 'tables' | 'dashboard'> {
    const { config, registry, failures, observed } = this.#options
    return {
      tables: () =>
        describeTables({
          tables: [...registry.tables.values()].filter(table => !isCanary(table)),
          rules: this.#rules,
          failures: failures.list(),
          traffic: observed.traffic,
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
