import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { RawMessage } from './raw-client.ts'

/** An event as a desk keeps it. */
export interface DeskEvent {
  readonly event_id: string
  readonly event_type: string
  readonly seq: string
  readonly tx: string
  readonly table: string | null
  readonly transition?: string
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * An app that behaves: it keeps the last cursor and what it had received by then, resumes from there at whatever hub,
 * and forgets events whose id it has seen. Of each event it remembers what `keep` makes of it.
 */
export class RoamingDesk<Kept = DeskEvent> {
  readonly name: string
  readonly #registration: object
  readonly #keep: (event: DeskEvent) => Kept
  #socket: WebSocket | null = null
  /** Up to the cursor, and after it what came over the current connection; the ids of both. */
  readonly #events: Kept[] = []
  readonly #ids: string[] = []
  readonly #has = new Set<string>()
  /** How many of them there were at the cursor. */
  #kept = 0
  #isRegistered = false
  readonly #everSeen = new Set<string>()
  /** What it was ever given, in the order of its first arrival, each id once: what an app sees that forgets nothing. */
  readonly applied: Kept[] = []
  /** The last cursor; null before the first. */
  cursor: string | null = null
  /** Where it began; null before. */
  start: string | null = null
  /** Each checkpoint, with how many events it had then. */
  readonly checkpoints: { readonly cursor: string; readonly count: number }[] = []
  readonly gaps: unknown[] = []
  readonly errors: unknown[] = []
  connections = 0

  /**
   * @param registration what it registers with, besides the cursor
   * @param keep what to remember of an event; default all of it
   */
  constructor(
    name: string,
    registration: object,
    keep: (event: DeskEvent) => Kept = event => event as unknown as Kept,
  ) {
    this.name = name
    this.#registration = registration
    this.#keep = keep
    onTestFinished(() => this.cut())
  }

  /** What it has, in the order it came, each once. */
  get events(): readonly Kept[] {
    return this.#events
  }

  get isConnected(): boolean {
    return this.#socket !== null
  }

  /** True from `registered` to the end of the connection. */
  get isRegistered(): boolean {
    return this.#isRegistered
  }

  /** Connects to a hub and goes on from the last cursor; resolves when it is registered, or the connection ended. */
  connect(url: string): Promise<void> {
    this.cut()
    const socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket = socket
    this.connections++
    return new Promise(resolve => {
      socket.on('error', () => {})
      socket.on('close', () => {
        if (this.#socket === socket) this.cut()
        resolve()
      })
      socket.on('open', () => {
        const data = { app_name: this.name, ...this.#registration, resume: this.cursor }
        socket.send(JSON.stringify({ message_type: 'register', data }))
      })
      socket.on('message', frame => {
        if (this.#socket !== socket) return
        const message = JSON.parse(frame.toString()) as RawMessage
        this.#receive(message)
        if (message.message_type !== 'registered') return
        this.#isRegistered = true
        resolve()
      })
    })
  }

  /** Reads nothing until `resume`, as an app that hangs. */
  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  /** The connection breaks: what came after the last cursor will come again, and is forgotten. */
  cut(): void {
    this.#socket?.terminate()
    this.#socket = null
    this.#isRegistered = false
    for (const id of this.#ids.splice(this.#kept)) this.#has.delete(id)
    this.#events.length = this.#kept
  }

  #receive({ message_type: type, data }: RawMessage): void {
    if (type === 'realtime_event') this.#add(data as unknown as DeskEvent)
    else if (type === 'events') for (const event of data['events'] as DeskEvent[]) this.#add(event)
    else if (type === 'gap') this.gaps.push(data['reason'])
    else if (type === 'error') this.errors.push(data)
    else if (type !== 'registered' && type !== 'checkpoint') return
    const { cursor } = data
    if (typeof cursor !== 'string') return
    this.start ??= cursor
    this.cursor = cursor
    this.#kept = this.#events.length
    const isCheckpoint = type === 'checkpoint' || (type === 'events' && data['checkpoint'] === true)
    if (isCheckpoint) this.checkpoints.push({ cursor, count: this.#kept })
  }

  #add(event: DeskEvent): void {
    const { event_id: id } = event
    if (this.#has.has(id)) return
    const kept = this.#keep(event)
    this.#has.add(id)
    this.#ids.push(id)
    this.#events.push(kept)
    if (this.#everSeen.has(id)) return
    this.#everSeen.add(id)
    this.applied.push(kept)
  }
}
