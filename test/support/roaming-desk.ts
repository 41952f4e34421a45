import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { RawMessage } from './raw-client.ts'

/** An event as a desk keeps it. */
export interface DeskEvent {
  readonly event_id: string
  readonly event_type: string
  readonly seq: string
  readonly tx: string
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * An app that behaves: it keeps the last cursor and what it had received by then, resumes from there at whatever hub,
 * and forgets events whose id it has seen.
 */
export class RoamingDesk {
  readonly name: string
  readonly #registration: object
  #socket: WebSocket | null = null
  /** Events up to the cursor, and after it those of the current connection. */
  #events = new Map<string, DeskEvent>()
  /** How many of them there were at the cursor. */
  #kept = 0
  /** The last cursor; null before the first. */
  cursor: string | null = null
  /** Where it began; null before. */
  start: string | null = null
  /** Each checkpoint, with how many events it had then. */
  readonly checkpoints: { readonly cursor: string; readonly count: number }[] = []
  readonly gaps: unknown[] = []
  readonly errors: unknown[] = []
  connections = 0

  /** @param registration what it registers with, besides the cursor */
  constructor(name: string, registration: object) {
    this.name = name
    this.#registration = registration
    onTestFinished(() => this.cut())
  }

  /** What it has, in the order it came, each once. */
  get events(): readonly DeskEvent[] {
    return [...this.#events.values()]
  }

  get isConnected(): boolean {
    return this.#socket !== null
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
        if (message.message_type === 'registered') resolve()
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
    this.#events = new Map([...this.#events].slice(0, this.#kept))
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
    this.#kept = this.#events.size
    const isCheckpoint = type === 'checkpoint' || (type === 'events' && data['checkpoint'] === true)
    if (isCheckpoint) this.checkpoints.push({ cursor, count: this.#kept })
  }

  #add(event: DeskEvent): void {
    if (!this.#events.has(event.event_id)) this.#events.set(event.event_id, event)
  }
}
