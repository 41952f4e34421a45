import type { WebSocket } from 'ws'

/** Pings a client misses before it counts as dead. */
const allowedMisses = 2

/** Probes WebSockets with protocol pings, which browsers answer by themselves. */
export interface Heartbeat {
  watch(socket: WebSocket): void
  close(): void
}

/**
 * Starts the probing: every `intervalMs` each socket is pinged, and one that left two pings unanswered is cut. A
 * message counts as an answer.
 */
export function startHeartbeat(intervalMs: number): Heartbeat {
  const missed = new Map<WebSocket, number>()
  const timer = setInterval(() => {
    for (const [socket, count] of missed) {
      if (count >= allowedMisses) socket.terminate()
      else probe(socket, count)
    }
  }, intervalMs)
  timer.unref()
  const probe = (socket: WebSocket, count: number) => {
    missed.set(socket, count + 1)
    if (socket.readyState === socket.OPEN) socket.ping(undefined, false, () => {})
  }
  return {
    watch(socket) {
      missed.set(socket, 0)
      const alive = () => {
        if (missed.has(socket)) missed.set(socket, 0)
      }
      socket.on('pong', alive)
      socket.on('message', alive)
      socket.once('close', () => missed.delete(socket))
    },
    close() {
      clearInterval(timer)
      missed.clear()
    },
  }
}
