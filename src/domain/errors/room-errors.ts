import { define } from './define.ts'

/** Rooms, signals and presence: the author of a connected app has to act, or who runs the bus. */
export const roomErrors = {
  RTB_ROOM_DENIED: define<{ room: string }>({
    actor: 'client-author',
    message: ({ room }) => `the room ${quote(room)} is not open to this connection`,
    hint: () =>
      "sign in as somebody who may join it; who may is decided by `rooms` and `policies` of the hub's rtbridge.yaml",
  }),
  RTB_ROOM_UNDECIDED: define<{ room: string }>({
    actor: 'client-author',
    message: ({ room }) =>
      `whether the room ${quote(room)} is open to this connection could not be found out`,
    hint: () => 'try again in a while; the hub could not ask its database, or asks it too much already',
  }),
  RTB_ROOM_AUTOMATIC: define<{ room: string }>({
    actor: 'client-author',
    message: ({ room }) =>
      `the room ${quote(room)} is of those who are signed in as that: nobody joins or leaves it`,
    hint: () =>
      'give rooms of your own names that do not begin with `user:`, `role:` or `tenant:`; only who is in such a room may send to it',
  }),
  RTB_ROOM_PENDING: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `more than ${limit} bytes of messages wait for an answer about rooms`,
    hint: () => 'wait for `joined` or `subscribed` before sending more',
  }),
  RTB_ROOM_NOT_MEMBER: define<{ room: string }>({
    actor: 'client-author',
    message: ({ room }) => `only members of the room ${quote(room)} may do this`,
    hint: () => 'join the room first, and wait for `joined`',
  }),
  RTB_SIGNAL_RATE: define<{ perSecond: number; retryMs: number }>({
    actor: 'client-author',
    message: ({ perSecond }) => `a connection may send ${perSecond} signals a second`,
    hint: ({ retryMs }) =>
      `send the next one in ${retryMs} ms; of typing or a cursor send only the latest state, a few times a second`,
  }),
  RTB_SIGNAL_SIZE: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `the data of a signal may have ${limit} bytes`,
    hint: () => 'send less, or with `durable: true`',
  }),
  RTB_BUS_AWAY: define<{ since: string; detail: string }>({
    actor: 'operator',
    message: ({ since, detail }) =>
      `the Redis server that carries signals and presence between hubs is away since ${since}: ${detail}`,
    hint: () =>
      'see that the server of bus.url runs and takes the password; the hub tries again by itself, and signals reach only the apps at the same hub meanwhile',
  }),
} as const

/** Client input inside a message: quoted, so that control characters stay visible, and short. */
function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text)
}
