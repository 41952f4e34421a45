import type { WebSocket } from 'ws'

export interface HeartbeatOptions {
  /** Pause between two pings of a socket, milliseconds. */
  readonly intervalMs: number
  /** A socket of which nothing was heard for so long is dead, milliseconds; at least two pings are given a chance. */
  readonly idleMs: number
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/** Probes WebSockets with protocol pings, which browsers answer by themselves. */
export interface Heartbeat {
  /** @param onIdle called once, when nothing was heard of it for too long */
  watch(socket: WebSocket, onIdle: () => void): void
  close(): void
}

interface Watched {
  heardAt: number
  pings: number
  readonly onIdle: () => void
}

/** Pings that a socket must have left without an answer. */
const leastMisses = 2

/** Starts the probing. A message counts as an answer, and so does a ping of the client's own. */
export function startHeartbeat({ intervalMs, idleMs, now }: HeartbeatOptions): Heartbeat {
  const watched = new Map<WebSocket, Watched>()
  const timer = setInterval(() => {
    for (const [socket, state] of watched) {
      if (state.pings >= leastMisses && now() - state.heardAt >= idleMs) {
        watched.delete(socket)
        state.onIdle()
      } else {
        state.pings++
        if (socket.readyState === socket.OPEN) socket.ping(undefined, false, () => {})
      }
    }
  }, intervalMs)
  timer.unref()
  return {
    watch(socket, onIdle) {
      const state = { heardAt: now(), pings: 0, onIdle }
      watched.set(socket, state)
      const alive = () => {
        state.heardAt = now()
        state.pings = 0
      }
      socket.on('pong', alive).on('ping', alive).on('message', alive)
      socket.once('close', () => watched.delete(socket))
    },
    close() {
      clearInterval(timer)
      watched.clear()
    },
  }
}
