import type { Socket } from 'node:net'
import type pg from 'pg'

/** pg has no public way to the socket, and only cutting it frees what waits for a frozen server. */
export function internalsOf(client: pg.ClientBase): { socket: Socket; pid: number } {
  const inside = client as unknown as { connection: { stream: Socket }; processID: number }
  return { socket: inside.connection.stream, pid: inside.processID }
}
