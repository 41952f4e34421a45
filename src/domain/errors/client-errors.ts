import { define } from './define.ts'

/** The author of a connected app has to act; the last three are for whoever runs the hub. */
export const clientErrors = {
  RTB_CURSOR_UNREADABLE: define<object>({
    actor: 'client-author',
    message: () => 'the cursor is not one that rtbridge gave out',
    hint: () =>
      'send a cursor exactly as it came in `registered`, `checkpoint` or `events`, or none to start from now',
  }),
  RTB_FRAME_NOT_JSON: define<object>({
    actor: 'client-author',
    message: () => 'the frame is not JSON',
    hint: () => 'send one JSON object per text frame: {"message_type": "ping", "data": {}}',
  }),
  RTB_FRAME_BINARY: define<object>({
    actor: 'client-author',
    message: () => 'the frame is binary',
    hint: () => 'send text frames; in JavaScript pass a string to send(), not a buffer',
  }),
  RTB_FRAME_TOO_LARGE: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `the frame is longer than ${limit} bytes`,
    hint: () => 'send less per message, or put the content into a table and send its key',
  }),
  RTB_FRAME_TOO_DEEP: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `the frame nests deeper than ${limit} levels`,
    hint: () => 'flatten the data of the message',
  }),
  RTB_MESSAGE_UNKNOWN_TYPE: define<{ type: string; suggestion: string | null }>({
    actor: 'client-author',
    message: ({ type }) => `there is no message type ${quote(type)}`,
    hint: ({ suggestion }) =>
      suggestion === null
        ? 'docs/protocol.md lists the messages a client can send'
        : `did you mean ${quote(suggestion)}?`,
  }),
  RTB_MESSAGE_INVALID: define<{ path: string; problem: string }>({
    actor: 'client-author',
    message: ({ path, problem }) => `${clip(path)}: ${clip(problem)}`,
    hint: () => 'docs/protocol.md lists the fields of each message',
  }),
  RTB_REGISTER_FIRST: define<{ type: string }>({
    actor: 'client-author',
    message: ({ type }) => `\`${type}\` came before \`register\``,
    hint: () => 'send `register` first; only `ping` may come before it',
  }),
  RTB_REGISTER_TWICE: define<object>({
    actor: 'client-author',
    message: () => 'this connection is registered already',
    hint: () => 'use `subscribe` and `unsubscribe` to change what it gets, or open a new connection',
  }),
  RTB_REGISTER_PENDING: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `more than ${limit} bytes of messages came before \`registered\``,
    hint: () =>
      'wait for `registered` before sending more; a hub without its database answers when it has it again',
  }),
  RTB_SUBSCRIPTION_UNKNOWN: define<{ id: string }>({
    actor: 'client-author',
    message: ({ id }) => `there is no subscription ${quote(id)} on this connection`,
    hint: () => 'use an id of `subscribe`, or `default` when `register` named no subscriptions',
  }),
  RTB_SUBSCRIPTION_DUPLICATE: define<{ id: string }>({
    actor: 'client-author',
    message: ({ id }) => `\`register\` names the subscription ${quote(id)} twice`,
    hint: () => 'give each subscription an id of its own',
  }),
  RTB_SUBSCRIPTION_LIMIT: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `a connection can have ${limit} subscriptions`,
    hint: () => 'join several into one with lists and globs, or unsubscribe what is no longer shown',
  }),
  RTB_SUBSCRIPTION_WHERE: define<{ id: string; problem: string }>({
    actor: 'client-author',
    message: ({ id, problem }) => `\`where\` of subscription ${quote(id)}: ${clip(problem)}`,
    hint: () => 'write a CEL condition over the row, which is called `new`: new.status == "OPEN"',
  }),
  RTB_SUBSCRIPTION_WORK: define<{ eventId: string; table: string }>({
    actor: 'client-author',
    message: ({ eventId, table }) =>
      `the \`where\` conditions and globs of this connection took too much work on event ${eventId} of table ${quote(table)}: those not finished count as not matching`,
    hint: () =>
      'put a cheap comparison with && before each loop, loop over smaller lists, or use fewer subscriptions with loops or long globs',
  }),
  RTB_ROOM_LIMIT: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `a connection can be in ${limit} rooms`,
    hint: () => 'leave rooms that are no longer shown',
  }),
  RTB_CUSTOM_EVENT_RESERVED: define<{ eventType: string }>({
    actor: 'client-author',
    message: ({ eventType }) => `event_type ${eventType} is reserved for row changes and for what admins say`,
    hint: () => 'choose a name of your own, such as NOTE_ADDED',
  }),
  RTB_CUSTOM_EVENT_DURABLE: define<object>({
    actor: 'client-author',
    message: () => 'this hub cannot store custom events',
    hint: () => 'send it without `durable`, or ask the operator to connect the hub to its database',
  }),
  RTB_CUSTOM_EVENT_FAILED: define<object>({
    actor: 'client-author',
    message: () => 'the custom event could not be stored',
    hint: () => 'send it again in a while; the hub may have lost its database',
  }),
  RTB_HUB_PORT_IN_USE: define<{ host: string; port: number }>({
    actor: 'operator',
    message: ({ host, port }) => `port ${port} on ${host} is in use already`,
    hint: ({ port }) =>
      `\`rtbridge status\` tells whether a hub has it, \`ss -ltnp 'sport = :${port}'\` which program: stop it, or choose another hub.port`,
  }),
  RTB_HUB_PORT_DENIED: define<{ host: string; port: number }>({
    actor: 'operator',
    message: ({ host, port }) => `the system does not let rtbridge listen on port ${port} of ${host}`,
    hint: () => 'choose a hub.port above 1023, or give the service the capability CAP_NET_BIND_SERVICE',
  }),
  RTB_HUB_ADDRESS: define<{ host: string; port: number; problem: string }>({
    actor: 'operator',
    message: ({ host, port, problem }) => `cannot listen on ${host}:${port}: ${problem}`,
    hint: () => 'set hub.host to an address of this machine, or to 0.0.0.0 for all of them',
  }),
} as const

/** Client input inside a message: quoted, so that control characters stay visible, and short. */
function quote(text: string): string {
  return JSON.stringify(clip(text))
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
