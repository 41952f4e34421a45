import type { ServerResponse } from 'node:http'
import type { Peer } from '../../hub/connections/peer.ts'
import { encodeSseRetry } from '../../protocol/encode-sse.ts'

/** An answer that goes on as long as its client stays, as the hub's peer. */
export interface SsePeer extends Peer {
  /** Sends the head; from here on the answer is a stream. */
  open(): void
  /** True when the hub let the client go before the head was sent. */
  readonly isRefused: boolean
  /** A line that means nothing and keeps the connection alive. */
  probe(): void
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  // nginx collects what it passes on unless it is told not to.
  'x-accel-buffering': 'no',
  connection: 'close',
}

/** How long a browser waits before it comes back, unless `going_away` says otherwise, ms. */
const retryMs = 2_000

/**
 * @param response its head is not sent yet
 * @param remoteAddress where the request came from
 * @param closeWithinMs how long what was handed over may take to arrive once the hub closes, milliseconds
 */
export function createSsePeer(
  response: ServerResponse,
  remoteAddress: string,
  closeWithinMs: number,
): SsePeer {
  let state: 'new' | 'open' | 'refused' | 'ended' = 'new'
  return {
    remoteAddress,
    wire: 'sse',
    get isRefused() {
      return state === 'refused'
    },
    get bufferedBytes() {
      return response.writableLength
    },
    open() {
      state = 'open'
      response.writeHead(200, headers)
      response.write(`${encodeSseRetry(retryMs)}\n`)
    },
    send(frame) {
      if (state === 'open' && !response.destroyed) response.write(frame)
    },
    probe() {
      // What waits for the client keeps the connection alive by itself.
      if (state === 'open' && !response.destroyed && response.writableLength === 0) response.write(':\n\n')
    },
    onDrain(listener) {
      response.on('drain', listener)
    },
    close() {
      if (state === 'new') state = 'refused'
      if (state !== 'open') return
      state = 'ended'
      response.end()
      const cut = setTimeout(() => response.destroy(), closeWithinMs)
      response.once('close', () => clearTimeout(cut))
    },
    terminate() {
      if (state !== 'refused') response.destroy()
    },
  }
}
