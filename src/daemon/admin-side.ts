import { hostname } from 'node:os'
import type { AdminSessions } from '../access/admin-sessions.ts'
import type { TableRegistry } from '../capture/table-registry.ts'
import type { Config } from '../config/config.ts'
import { isCanary } from '../domain/change.ts'
import { type DaemonStatus, hubAddress } from '../operations/daemon-status.ts'
import { describeTables } from '../operations/describe-tables.ts'
import type { Observations } from '../operations/observations.ts'
import type { RuleFailures } from '../operations/rule-failures.ts'
import type { DashboardWays, WaysIn } from '../transports/ways-in.ts'
import { type ExplainOptions, explainChange } from './explain-change.ts'
import { type ConfigSource, createHubDoctor } from './hub-doctor.ts'

export interface AdminSideOptions {
  readonly config: Config
  /** Where the configuration stands; default: that is not known. */
  readonly source?: ConfigSource
  /** This machine gets in without a key and without a link; default false. */
  readonly opensDashboard?: boolean
  readonly sessions: AdminSessions
  readonly registry: TableRegistry
  readonly failures: RuleFailures
  /** What the hub sees of its own work. */
  readonly observed: Observations
  /** Whose rules these are. */
  readonly explain: ExplainOptions
  readonly status: () => DaemonStatus
  /** The port it listens on. */
  readonly port: () => number
}

/** Names for "all addresses of this machine", which lead nowhere in a browser of another one. */
const everywhere = ['0.0.0.0', '::']

/** What a hub has for its admins: counts of tables and rules, and the way into the dashboard. */
export class AdminSide {
  readonly #options: AdminSideOptions
  #inForce: { readonly config: Config; readonly source: ConfigSource | null }
  readonly #doctor: () => Promise<object>

  constructor(options: AdminSideOptions) {
    this.#options = options
    const { config, source = null, status, port } = options
    this.#inForce = { config, source }
    this.#doctor = createHubDoctor({ inForce: () => this.#inForce, status, port })
  }

  /** Another configuration is in force: its rules are counted and shown from now on. */
  useConfig(config: Config, source: ConfigSource | null): void {
    this.#inForce = { config, source }
    this.#options.observed.useRules(config.tables)
  }

  get ways(): Pick<WaysIn, 'admin' | 'dashboard'> {
    const { config, explain } = this.#options
    return {
      admin: {
        tables: () => this.#describeTables(),
        explain: (request, identity) => explainChange(request, identity, explain),
        examine: this.#doctor,
      },
      dashboard: config.hub.dashboard === 'off' ? null : this.#dashboard(),
    }
  }

  /**
   * Where an admin opens the dashboard, with a link that is good once where one is needed.
   * @returns null when there is no dashboard
   * @throws RTB_AUTH_TICKETS when too many links wait to be used
   */
  link(): string | null {
    const { config, opensDashboard, sessions, port } = this.#options
    if (config.hub.dashboard === 'off') return null
    return `${dashboardUrl(config, port())}${opensDashboard === true ? '' : `#${sessions.issueLink().ticket}`}`
  }

  #describeTables(): object {
    const { registry, failures, observed } = this.#options
    return describeTables({
      tables: [...registry.tables.values()].filter(table => !isCanary(table)),
      rules: this.#inForce.config.tables,
      failures: failures.list(),
      traffic: observed.traffic,
    })
  }

  #dashboard(): DashboardWays {
    const { sessions, opensDashboard = false } = this.#options
    const iso = (ms: number) => new Date(ms).toISOString()
    return {
      issueLink: issuer => {
        const { ticket, validMs } = sessions.issueLink(issuer)
        return { link: ticket, expiresAt: iso(Date.now() + validMs) }
      },
      signIn: (link, address) => {
        const { token, expiresAt } = sessions.open(link, address)
        return { token, expiresAt: iso(expiresAt) }
      },
      signOut: identity => sessions.end(identity),
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
