export interface RedisCarrierOptions {
  /** `redis://` or `rediss://`; its password appears nowhere else. */
  readonly url: string
  /** Takes what hubs of the same history put on the channel, this one too. */
  readonly receive: (payload: string) => void
  /** From here on everything is heard: at the start, after each return, and on a new channel. */
  readonly onHears: () => void
  /** Hears of a loss, once until the next return. */
  readonly onAway: (problem: RedisAway) => void
}

/** Since when there is no connection, and why. */
export interface RedisAway {
  /** RFC 3339, UTC. */
  readonly since: string
  readonly detail: string
}

/** Pauses between attempts, ms: the last one is repeated for ever. */
const retryMs = [100, 200, 500, 1_000]
const connectTimeoutMs = 2_000
/** A server that answers no ping for this long is given up, and connected to anew. */
const pingMs = 2_000
const silentMs = 7_000

/**
 * Brings payloads to the hubs of one database history by the PUBLISH of a Redis server, version 6 or later. Connects in
 * the background and tries again for ever; while it is away nothing is kept back: what is sent then is lost.
 *
 * @see https://redis.io/docs/latest/develop/pubsub/
 */
export class RedisCarrier {
  readonly #options: RedisCarrierOptions
  /** Null until the library is loaded. */
  #client: Awaited<ReturnType<typeof openClient>> | null = null
  #channel: string | null = null
  #away: RedisAway | null
  #isClosed = false

  constructor(options: RedisCarrierOptions) {
    this.#options = options
    this.#away = { since: new Date().toISOString(), detail: 'not connected yet' }
    this.#connect().catch(error => this.#lost(error))
  }

  /** Null while connected. */
  get away(): RedisAway | null {
    return this.#away
  }

  /**
   * Talks to the hubs of a history only: other systems may use the same server, and a restored copy is another system.
   * @param history names it, as {@link historyOf} does
   */
  useHistory(history: string): void {
    const channel = `rtbridge:${history}:signals`
    if (channel === this.#channel) return
    const before = this.#channel
    this.#channel = channel
    const client = this.#client
    if (client === null) return
    if (before !== null) this.#ignoreFailure(client.unsubscribe(before))
    if (client.isReady) this.#listen(client, channel)
  }

  /** @throws Error when there is no connection, or no history yet; what was sent is lost then */
  async carry(payloads: readonly string[]): Promise<void> {
    const channel = this.#channel
    if (channel === null) throw new Error('the history of the database is not known yet')
    const client = this.#client
    if (client === null) throw new Error('not connected yet')
    await Promise.all(payloads.map(payload => client.publish(channel, payload)))
  }

  /** Ends the connection at once. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#client?.destroy()
  }

  async #connect(): Promise<void> {
    const client = await openClient(this.#options.url)
    if (this.#isClosed) return
    this.#client = client
    client.on('ready', () => {
      this.#away = null
      if (this.#channel !== null) this.#listen(client, this.#channel)
    })
    client.on('error', error => this.#lost(error))
    // It tries again by itself; what is wrong is told as an error event.
    await client.connect()
  }

  #listen(client: Awaited<ReturnType<typeof openClient>>, channel: string): void {
    const receive = (payload: string) => {
      if (channel === this.#channel && !this.#isClosed) this.#options.receive(payload)
    }
    const listening = client.unsubscribe(channel).then(() => client.subscribe(channel, receive))
    listening.then(
      () => this.#options.onHears(),
      // Lost again: the next return listens.
      () => {},
    )
  }

  #lost(error: unknown): void {
    if (this.#isClosed || this.#away?.detail === detailOf(error)) return
    const isNews = this.#away === null || this.#away.detail === 'not connected yet'
    this.#away = { since: this.#away?.since ?? new Date().toISOString(), detail: detailOf(error) }
    if (isNews) this.#options.onAway(this.#away)
  }

  #ignoreFailure(work: Promise<unknown>): void {
    work.catch(() => {})
  }
}

/** The library is loaded only where Redis is used: that takes a fifth of the time in which a hub starts. */
async function openClient(url: string) {
  const { createClient } = await import('redis')
  return createClient({
    url,
    // What cannot be sent now is worth nothing later.
    disableOfflineQueue: true,
    pingInterval: pingMs,
    socket: {
      connectTimeout: connectTimeoutMs,
      socketTimeout: silentMs,
      reconnectStrategy: attempts => retryMs[Math.min(attempts, retryMs.length - 1)] ?? 1_000,
    },
  })
}

/** Without what a server or a driver may repeat of the URL. */
function detailOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/redis(s?):\/\/\S+/g, 'redis$1://***').slice(0, 200)
}
