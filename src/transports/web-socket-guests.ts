import type { RawData, WebSocket } from 'ws'
import type { HeartbeatOptions } from './heartbeat.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { WebSocketGuest } from './web-socket-guest.ts'

/**
 * Those who came by WebSocket. Listeners are the same for all of them and look up whom they are called for: with
 * closures for each, they would be a quarter of what a connection takes.
 */
export class WebSocketGuests {
  readonly #guests = new Map<WebSocket, WebSocketGuest>()
  readonly #endHeartbeat: () => void
  readonly #onMessage: (this: WebSocket, data: RawData, isBinary: boolean) => void
  readonly #onControlFrame: (this: WebSocket) => void
  readonly #onClose: (this: WebSocket) => void

  constructor(heartbeat: HeartbeatOptions) {
    const guests = this.#guests
    this.#endHeartbeat = startHeartbeat(() => guests.values(), heartbeat)
    this.#onMessage = function (data, isBinary) {
      guests.get(this)?.message(data, isBinary)
    }
    this.#onControlFrame = function () {
      guests.get(this)?.controlFrame()
    }
    this.#onClose = function () {
      guests.get(this)?.connection.closed()
      guests.delete(this)
    }
  }

  /** Takes one more. No frame and no error of its socket gets out of here. */
  add(guest: WebSocketGuest): void {
    const { socket } = guest
    this.#guests.set(socket, guest)
    // An error event that nobody hears would end the process. `close` follows it, and does the rest.
    socket.on('error', ignore)
    socket.on('message', this.#onMessage)
    socket.on('ping', this.#onControlFrame)
    socket.on('pong', this.#onControlFrame)
    socket.on('close', this.#onClose)
  }

  /** Starts a polite close of each. */
  close(reason: string): void {
    this.#endHeartbeat()
    for (const { socket } of this.#guests.values()) socket.close(1001, reason)
  }
}

function ignore(): void {}
