import { Socket } from 'node:net'
import pgListen from 'pg-listen'
import { connectionSettings, type DatabaseOptions, limitReaching } from './connection-settings.ts'
import { withinTime } from './session.ts'
import { toDatabaseError } from './translate-error.ts'

/** A session that listens. When it is lost, open another. */
export interface DoorbellListener {
  /** Resolves, never rejects, when nothing can be heard any more. */
  readonly lost: Promise<void>
  /**
   * Sends a notification to this very session and waits for it: proves that LISTEN works end to end.
   * @param signal ends the wait early
   * @returns false when it did not come within `limitMs`; the listener is then useless and should be closed
   */
  ping(limitMs: number, signal: AbortSignal): Promise<boolean>
  close(): Promise<void>
}

/**
 * Listens on channels. pg-listen is used for one connection's lifetime only: its own reconnect gives up, so it is
 * switched off (`retryLimit` 1 means no attempt) and the caller opens a new listener for as long as it takes.
 * Never behind a pooler: LISTEN belongs to the server's session, which the pooler lends to others.
 *
 * @param channels names as they are notified
 * @param onNotification called with channel, payload and the notifying server process; must not throw
 * @param signal gives up connecting
 * @throws RTB_DATABASE_*
 */
export async function openDoorbellListener(
  options: DatabaseOptions,
  channels: readonly string[],
  onNotification: (channel: string, payload: string, pid: number) => void,
  signal?: AbortSignal,
): Promise<DoorbellListener> {
  const pingChannel = `rtbridge_ping_${crypto.randomUUID().replaceAll('-', '')}`
  // Our own socket, because pg-listen has no other way to leave a server that no longer answers.
  const socket = new Socket()
  const settings = { ...connectionSettings(options, 'listener'), stream: () => socket }
  const subscriber = pgListen.default<Record<string, string>>(settings, {
    retryLimit: 1,
    paranoidChecking: false,
    parse: payload => payload,
    serialize: payload => String(payload),
  })
  let pinged: () => void = () => {}
  const lost = new Promise<void>(resolve => {
    subscriber.events.on('error', () => resolve())
  })
  subscriber.events.on('notification', ({ channel, payload, processId }) => {
    if (channel === pingChannel) pinged()
    else onNotification(channel, payload ?? '', processId)
  })
  const giveUp = () => socket.destroy(new Error('closed while connecting'))
  signal?.addEventListener('abort', giveUp)
  try {
    limitReaching(socket)
    const connecting = subscriber.connect()
    if (signal?.aborted === true) giveUp()
    const listening = connecting.then(async () => {
      for (const channel of [pingChannel, ...channels]) {
        await withinTime(Promise.resolve(subscriber.listenTo(channel)), options.answerTimeoutMs, socket)
      }
    })
    await (options.stalls?.during(listening, null, socket) ?? listening)
  } catch (error) {
    socket.destroy()
    throw toDatabaseError(error)
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
  return {
    lost,
    async ping(limitMs, signal) {
      const heard = new Promise<boolean>(resolve => {
        const end = (isHeard: boolean) => {
          clearTimeout(timer)
          signal.removeEventListener('abort', onAbort)
          resolve(isHeard)
        }
        const onAbort = () => end(false)
        const timer = setTimeout(onAbort, limitMs)
        signal.addEventListener('abort', onAbort)
        pinged = () => end(true)
      })
      subscriber.notify(pingChannel, '').catch(() => {})
      return heard
    },
    async close() {
      const bye = setTimeout(() => socket.destroy(), 1_000)
      await subscriber.close().catch(() => socket.destroy())
      clearTimeout(bye)
    },
  }
}
