import { rtbridgeError } from '../../domain/errors/registry.ts'
import { covers } from '../../domain/snapshot.ts'
import type { ClientMessage, SubscribeData } from '../../protocol/messages.ts'
import { attachSubscription } from '../connections/attach-subscription.ts'
import type { ArrivingTables, Client } from '../connections/client.ts'
import { positionAt } from '../stream/encoded-batch.ts'
import { messageFrame } from '../stream/frames.ts'
import type { LiveRequest } from './live-request.ts'
import { compileLiveRequest, ofSameTable } from './live-request.ts'
import type { SnapshotChunk } from './snapshot-chunk.ts'
import type { SnapshotEnd, SnapshotSubscriber } from './snapshot-subscriber.ts'

type SubscribeMessage = Extract<ClientMessage, { type: 'subscribe' }>

/** As often a client may be too slow for the read of a table before it is refused. */
const mostDrops = 3

/** The live tables of one connection whose rows are on their way; after them the subscription is like any other. */
export class LiveTables implements ArrivingTables {
  readonly #connection: Client
  readonly #arriving = new Map<string, ArrivingTable>()

  constructor(connection: Client) {
    this.#connection = connection
  }

  /** Tables whose rows have not all come. */
  get size(): number {
    return this.#arriving.size
  }

  subscribe(message: SubscribeMessage): void {
    const connection = this.#connection
    const request = compileLiveRequest(message.data)
    const { id } = request.subscription.spec
    const isAnew = connection.cancelReplay(id) || connection.interests.has(id)
    connection.interests.checkRoom(request.subscription, connection.pendingSubscriptions)
    const table = new ArrivingTable(connection, {
      message,
      request,
      ended: () => {
        if (this.#arriving.get(id) === table) this.#arriving.delete(id)
      },
    })
    this.#arriving.set(id, table)
    try {
      table.start(isAnew)
    } catch (error) {
      this.#arriving.delete(id)
      throw error
    }
  }

  /** Those of a `register`, as if each had come in a `subscribe`. */
  subscribeAll(subscriptions: readonly SubscribeData[], messageId: string | null): void {
    for (const data of subscriptions) {
      if (data.snapshot !== true) continue
      const message: SubscribeMessage = { type: 'subscribe', data, messageId }
      try {
        this.subscribe(message)
      } catch (thrown) {
        this.#connection.fail(message, thrown)
      }
    }
  }

  /** Gives up the rows of a table; false when none are on their way. */
  cancel(id: string): boolean {
    this.#arriving.get(id)?.cancel()
    return this.#arriving.delete(id)
  }

  /** The connection is gone. */
  close(): void {
    for (const table of this.#arriving.values()) table.cancel()
    this.#arriving.clear()
  }
}

interface ArrivingOptions {
  readonly message: SubscribeMessage
  readonly request: LiveRequest
  /** Its rows have all come, or will not. */
  readonly ended: () => void
}

/** A table whose rows are on their way. */
class ArrivingTable implements SnapshotSubscriber {
  readonly #connection: Client
  readonly #options: ArrivingOptions
  #leave: () => void = () => {}
  #isOver = false
  #drops = 0

  constructor(connection: Client, options: ArrivingOptions) {
    this.#connection = connection
    this.#options = options
  }

  get queue() {
    return this.#connection.feed.queue
  }

  /** @throws RTB_SNAPSHOT_LIMIT */
  start(isAnew: boolean): void {
    const { context, identity } = this.#connection
    const leave = context.snapshots.join(this, { request: this.#options.request, identity, isAnew })
    // What is at hand may have come at once.
    if (!this.#isOver) this.#leave = leave
  }

  take(chunk: SnapshotChunk): void {
    if (this.#isOver) return
    const { context, wire, interests } = this.#connection
    // From here on the old subscription of this id would speak of rows that are replaced.
    if (chunk.part === 0 && interests.remove(this.#id)) this.#connection.reselect()
    context.counters.snapshotRows += chunk.rows
    this.#push(chunk.frame(this.#id, wire, context.timestamp()))
  }

  end({ table, cursor, count, more }: SnapshotEnd): void {
    if (this.#isOver) return
    this.#finish()
    const { context, wire } = this.#connection
    const { message, request } = this.#options
    const position = positionAt(cursor, null)
    const data = { id: this.#id, cursor: position.token, count, more }
    context.counters.snapshots++
    this.#push(messageFrame('snapshot_end', data, { timestamp: context.timestamp(), wire }))
    if (!isReached(context.stream.checkpoint?.cursor ?? null, cursor)) context.lookNow()
    const subscription = ofSameTable(request.subscription, table)
    const attach: Parameters<Client['replaySubscription']>[2] = outcome => {
      try {
        attachSubscription(this.#connection, message, subscription, outcome)
      } catch (thrown) {
        this.#connection.fail(message, thrown)
      }
    }
    this.#connection.replaySubscription(subscription, position, attach, true)
  }

  fail(error: unknown): void {
    if (this.#isOver) return
    this.#finish()
    this.#connection.fail(this.#options.message, error)
  }

  /** It begins again when the client has taken what waits for it. */
  drop(): void {
    if (this.#isOver) return
    if (++this.#drops > mostDrops) {
      this.fail(rtbridgeError('RTB_SNAPSHOT_SLOW', { table: this.#options.request.table }))
      return
    }
    void this.queue.whenBelow(0).then(() => {
      if (this.#isOver || this.#connection.feed.state === 'closed') return
      try {
        this.start(true)
      } catch (error) {
        this.fail(error)
      }
    })
  }

  cancel(): void {
    this.#isOver = true
    this.#leave()
  }

  get #id(): string {
    return this.#options.request.subscription.spec.id
  }

  #finish(): void {
    this.#isOver = true
    this.#options.ended()
  }

  #push(frame: Buffer): void {
    this.queue.push({ frames: [frame], kind: 'replay', from: null })
  }
}

function isReached(
  head: Parameters<typeof positionAt>[0] | null,
  cursor: Parameters<typeof positionAt>[0],
): boolean {
  return head !== null && covers(head.snapshot, cursor.snapshot)
}
