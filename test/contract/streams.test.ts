import { WebSocket } from 'ws'
import { createIdentify } from '../../src/access/identify.ts'
import { TicketOffice } from '../../src/access/ticket-office.ts'
import type { HubMessage, HubMessageType, RealtimeEventData } from '../../src/protocol/messages.ts'
import { message } from '../hub/open-test-hub.ts'
import { openFrontDoor } from '../support/open-test-server.ts'
import { openSseClient } from '../support/sse-client.ts'
import type { Ask, StreamClient } from './stream-contract.ts'
import { describeStream } from './stream-contract.ts'

async function connectWebSocket(port: number, ask: Ask, batch: boolean): Promise<StreamClient> {
  const { resume, clientId, token, ...filters } = ask
  const headers = headersOf(token)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers })
  const frames: HubMessage[] = []
  const events: RealtimeEventData[] = []
  const state = { isClosed: false }
  socket.on('message', text => {
    const frame = JSON.parse(text.toString()) as HubMessage
    frames.push(frame)
    if (frame.message_type === 'realtime_event') events.push(frame.data)
    if (frame.message_type === 'events') events.push(...frame.data.events)
  })
  socket.on('close', () => {
    state.isClosed = true
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => {})
  const subscriptions = [{ id: 'default', ...filters }]
  socket.send(
    message('register', { app_name: 'contract', batch, resume, client_id: clientId, subscriptions }),
  )
  return {
    events,
    get cursor() {
      return frames.reduce(
        (last, { data }) => ('cursor' in data && typeof data.cursor === 'string' ? data.cursor : last),
        '',
      )
    },
    get isClosed() {
      return state.isClosed
    },
    of: type =>
      frames.flatMap(frame => {
        if (frame.message_type === type) return [frame.data as never]
        const isCheckpoint = type === 'checkpoint' && frame.message_type === 'events' && frame.data.checkpoint
        return isCheckpoint ? [{ cursor: frame.data.cursor } as never] : []
      }),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    vanish: () => socket.terminate(),
  }
}

const eventNames = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'realtime_event']

async function connectSse(port: number, ask: Ask): Promise<StreamClient> {
  const { resume, clientId, token, events, tables, channels, rooms, where } = ask
  const lists = { events, tables, channels, rooms }
  const query = new URLSearchParams()
  for (const [name, values] of Object.entries(lists))
    for (const value of values ?? []) query.append(name, value)
  if (where !== undefined && where !== null) query.set('where', where)
  if (clientId !== undefined) query.set('client_id', clientId)
  const headers = { ...headersOf(token), ...(resume === undefined ? {} : { 'last-event-id': resume }) }
  const client = await openSseClient(`http://127.0.0.1:${port}/events?${query}`, headers)
  const received: RealtimeEventData[] = []
  let read = 0
  return {
    get events() {
      for (const { name, data } of client.blocks.slice(read)) {
        if (eventNames.includes(name)) received.push(JSON.parse(data) as RealtimeEventData)
      }
      read = client.blocks.length
      return received
    },
    get cursor() {
      return client.lastEventId
    },
    get isClosed() {
      return client.isClosed
    },
    of: (type: HubMessageType) =>
      client.blocks.filter(({ name }) => name === type).map(({ data }) => JSON.parse(data) as never),
    pause: () => client.answer.pause(),
    resume: () => client.answer.resume(),
    vanish: () => client.vanish(),
  }
}

type Connect = (port: number, ask: Ask) => Promise<StreamClient>

function headersOf(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function transport(connect: Connect): Parameters<typeof describeStream>[1] {
  return async (hub, authenticator) => {
    const none = {
      now: () => 0,
      uptime: () => 0,
      isRevoked: () => false,
      attempts: { check: () => {}, add: () => {} },
    }
    const identify = createIdentify(authenticator, {
      tickets: new TicketOffice(none),
      allowTokenInUrl: false,
    })
    const server = await openFrontDoor(hub, { ways: { identify } })
    return { connect: (ask = {}) => connect(server.port, ask), close: () => server.close() }
  }
}

describeStream(
  'WebSocket',
  transport((port, ask) => connectWebSocket(port, ask, false)),
)
describeStream(
  'WebSocket in batches',
  transport((port, ask) => connectWebSocket(port, ask, true)),
)
describeStream('SSE', transport(connectSse))
