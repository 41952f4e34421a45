/**
 * How clients of each kind of hub come in and what they take for an event. All of them are bare sockets that look at
 * as little as they can: what is compared are hubs, not client libraries.
 */
export const protocols = {
  plain: { path: '/', greet: null, isReady: null, isEvent: () => true, answer: () => null },
  rtbridge: rtbridge({ app_name: 'bench' }),
  'rtbridge-batch': { ...rtbridge({ app_name: 'bench', batch: true }), isBatch: true },
  /** Engine.IO 4 by hand. @see https://socket.io/docs/v4/engine-io-protocol/ */
  'socket-io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    greet: '40',
    isReady: frame => startsWith(frame, '40'),
    isEvent: frame => startsWith(frame, '42'),
    answer: frame => (startsWith(frame, '2') ? '3' : null),
  },
}

function rtbridge(data) {
  return {
    path: '/',
    greet: JSON.stringify({ message_type: 'register', data }),
    isReady: frame => frame.includes('"registered"'),
    isEvent: frame => frame.indexOf('"realtime_event"') >= 0,
    answer: () => null,
  }
}

function startsWith(frame, text) {
  return frame.length >= text.length && frame.latin1Slice(0, text.length) === text
}
