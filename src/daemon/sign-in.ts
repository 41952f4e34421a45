import { createAuthenticator } from '../access/create-authenticator.ts'
import { readCredentialBasis } from '../access/credential-basis.ts'
import { createIdentify, type IssuedTicket } from '../access/identify.ts'
import type { Identity } from '../access/identity.ts'
import type { Refusal } from '../access/refusal.ts'
import { RevocationList } from '../access/revocation-list.ts'
import { type Generation, SwappableAuthenticator } from '../access/swappable-authenticator.ts'
import type { Config } from '../config/config.ts'
import type { Pool } from '../database/pool.ts'
import { readRevocations } from '../database/revocations.ts'
import { RtbridgeError } from '../domain/errors/registry.ts'
import type { Logger } from '../logging.ts'
import { createRepeatFilter } from '../operations/repeat-filter.ts'
import { createAddressList } from '../transports/door/address-list.ts'
import type { WaysIn } from '../transports/ways-in.ts'

export interface SignInOptions {
  readonly config: Config
  readonly logger: Logger
}

/** A revocation takes effect at once where notifications are heard, and after this elsewhere, ms. */
const lookEveryMs = 3_000
const remindEveryMs = 60_000

/**
 * Makes what a hub checks tokens with, as configured, and says in the log what is doubtful about it.
 * @throws RTB_AUTH_UNDECIDED, RTB_AUTH_OPEN_PUBLIC, RTB_AUTH_KEY_UNUSABLE
 */
export async function openSignIn({ config, logger }: SignInOptions): Promise<SignIn> {
  const log = logger.child({ part: 'auth' })
  const isNews = createRepeatFilter(remindEveryMs, () => performance.now())
  let pool: Pool | null = null
  const revocations = new RevocationList({
    read: revision => (pool === null ? Promise.resolve(null) : readRevocations(pool, revision)),
    everyMs: lookEveryMs,
    now: Date.now,
    onError: error => {
      // A database that is away is the reader's to report, and comes back; a missing right does not.
      const level = isDenied(error) && isNews('revocations') ? 'warn' : 'debug'
      log[level]({ err: error }, 'what is revoked could not be read')
    },
  })
  revocations.onChange(() => log.info({ entries: revocations.size }, 'what is revoked was read'))
  const deps = {
    host: config.hub.host,
    isShared: createAddressList(config.limits.sharedAddresses),
    revocations,
    now: Date.now,
    uptime: () => performance.now(),
    onRefused: (refusal: Refusal) => {
      if (isWorthALine(refusal, isNews)) log.warn({ ...refusal }, 'token refused')
    },
    onKeyTrouble: (error: unknown) => {
      if (isNews('keys'))
        log.warn({ err: error }, 'the keys of the issuer could not be read; the known ones stay good')
    },
  }
  const create = async (auth: Config['auth']): Promise<Generation> => ({
    basis: await readCredentialBasis(auth),
    authenticator: await createAuthenticator(auth, deps),
  })
  const authenticator = new SwappableAuthenticator(await create(config.auth))
  if (authenticator.isAssumed) log.warn({}, 'auth.mode is not set: every program of this machine may connect')
  return new SignIn(authenticator, revocations, {
    usePool: from => {
      pool = from
    },
    create: auth => create({ ...auth, mode: config.auth.mode }),
  })
}

function isDenied(error: unknown): boolean {
  return error instanceof RtbridgeError && error.code === 'RTB_DATABASE_PERMISSION'
}

/** Who is refused without a look comes again at once, a thousand times. */
function isWorthALine({ code, address }: Refusal, isNews: (what: string) => boolean): boolean {
  return code !== 'RTB_AUTH_ATTEMPTS' || isNews(`${code} ${address}`)
}

interface SignInMeans {
  readonly usePool: (pool: Pool) => void
  readonly create: (auth: Config['auth']) => Promise<Generation>
}

/** What a hub checks tokens with. */
export class SignIn {
  readonly authenticator: SwappableAuthenticator
  readonly #revocations: RevocationList
  readonly #means: SignInMeans

  constructor(authenticator: SwappableAuthenticator, revocations: RevocationList, means: SignInMeans) {
    this.authenticator = authenticator
    this.#revocations = revocations
    this.#means = means
  }

  /** False when nobody is asked who he is. */
  get isNeeded(): boolean {
    return this.authenticator.mode !== 'open'
  }

  /** How somebody shows who he is, and gets a ticket for it. */
  get ways(): Pick<WaysIn, 'isOpen' | 'identify' | 'issueTicket'> {
    return {
      isOpen: !this.isNeeded,
      identify: createIdentify(this.authenticator, this.authenticator),
      issueTicket: this.isNeeded ? async identity => this.#issueTicket(identity) : null,
    }
  }

  /** The database is there, or there again: reads what is revoked, now and from now on. */
  start(pool: Pool): void {
    if (!this.isNeeded) return
    this.#means.usePool(pool)
    void this.#revocations.refresh(true)
  }

  /**
   * Makes what another configuration checks tokens with, and changes nothing yet. The mode stays.
   * @returns puts it in force
   * @throws RTB_AUTH_KEY_UNUSABLE
   */
  async prepare({ auth }: Config): Promise<() => void> {
    const next = await this.#means.create(auth)
    return () => this.authenticator.replace(next)
  }

  /** What is revoked has changed. */
  refresh(): void {
    if (this.isNeeded) void this.#revocations.refresh()
  }

  /** @throws RTB_AUTH_TICKETS */
  #issueTicket(identity: Identity): IssuedTicket {
    const { ticket, validMs } = this.authenticator.tickets.issue(identity)
    return { ticket, expiresAt: new Date(Date.now() + validMs).toISOString() }
  }

  close(): void {
    this.authenticator.close()
    this.#revocations.close()
  }
}
