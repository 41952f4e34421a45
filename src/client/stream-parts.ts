import type { HubMessage, HubMessageData, RealtimeEventData, SubscribeData } from '../protocol/messages.ts'
import type { Core, Extension } from './extension.ts'
import { callSafely } from './listeners.ts'
import type { StreamAnswer, StreamHost, StreamPart } from './stream-part.ts'

/** Feeds the things that keep state from the stream, such as live tables. */
export class StreamParts implements Extension, StreamHost {
  readonly #core: Core
  readonly #parts = new Map<string, StreamPart>()
  /** Which of the requests for a part is the last one. */
  readonly #turns = new WeakMap<StreamPart, object>()

  /** The last one. */
  #checkpoint: string | null = null

  constructor(core: Core) {
    this.#core = core
  }

  attach(part: StreamPart): void {
    this.#parts.set(part.id, part)
    this.renew(part)
    this.#core.want()
  }

  detach(part: StreamPart): void {
    const { requests, state } = this.#core
    this.#turns.delete(part)
    if (!this.#parts.delete(part.id)) return
    if (state === 'online') requests.ask('unsubscribe', { id: part.id }, { answered() {}, refused() {} })
  }

  renew(part: StreamPart): void {
    if (this.#core.state === 'online' && this.#parts.has(part.id)) this.#ask(part)
  }

  report(error: unknown): void {
    this.#core.report(error)
  }

  register(): SubscribeData[] {
    return [...this.#parts.values()].filter(({ isSettled }) => isSettled).map(part => part.request(true))
  }

  registered(sent: ReadonlySet<string>, { resumed, cursor }: HubMessageData['registered']): void {
    // The hub's word of the gap follows, and then all of them begin anew.
    if (resumed === 'gap') return
    // Where nothing was missed there may be nothing to say for long: what is here is what was there.
    if (cursor === this.#checkpoint) this.checkpoint(cursor)
    for (const part of this.#parts.values()) {
      if (sent.has(part.id)) continue
      if (part.isSettled) this.#call(() => part.gap('refused'))
      this.#ask(part)
    }
  }

  receive({ message_type: type, data }: HubMessage): void {
    if (type === 'events') for (const event of data.events) this.#deliver(event)
    else if (type === 'realtime_event') this.#deliver(data)
    else if (type === 'snapshot' || type === 'snapshot_end' || type === 'subscribed') {
      const part = this.#parts.get(data.id)
      if (part) this.#tell(part, { type, data } as StreamAnswer)
    } else if (type === 'gap') {
      for (const part of this.#parts.values()) {
        this.#call(() => part.gap(data.reason))
        this.#ask(part)
      }
    }
  }

  checkpoint(cursor: string): void {
    this.#checkpoint = cursor
    const parts = [...this.#parts.values()]
    for (const part of parts) this.#call(() => part.commit(cursor))
    for (const part of parts) this.#call(() => part.notify())
  }

  lost(): void {
    for (const part of this.#parts.values()) this.#call(() => part.away())
  }

  #deliver(event: RealtimeEventData): void {
    for (const id of event.subscriptions) {
      const part = this.#parts.get(id)
      if (part) this.#call(() => part.event(event))
    }
  }

  #ask(part: StreamPart): void {
    const turn = {}
    this.#turns.set(part, turn)
    const tell = (answer: StreamAnswer) => {
      if (this.#turns.get(part) === turn) this.#tell(part, answer)
    }
    this.#core.requests.ask('subscribe', part.request(false), {
      answered: data => tell({ type: 'subscribed', data: data as HubMessageData['subscribed'] }),
      refused: data => tell({ type: 'error', data }),
    })
  }

  #tell(part: StreamPart, answer: StreamAnswer): void {
    this.#call(() => part.receive(answer))
    if (answer.type !== 'subscribed' || !answer.data.checkpoint) return
    this.#core.checkpoint(answer.data.cursor)
    // All that came before it is up to there: a resume from an earlier cursor would lead through states that are past.
    this.#core.cursor = answer.data.cursor
  }

  #call(work: () => void): void {
    callSafely(work, this.#core.report)
  }
}
