import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { RawMessage } from './raw-client.ts'

/** One app of a crowd: it keeps little, so that thousands fit into a test. */
export interface Member {
  /** Ids of the rows of all its events, in order. */
  readonly ids: number[]
  /** The last cursor. */
  readonly cursor: string | null
  readonly gaps: number
  /** How many events it had at each checkpoint that came after `registered`. */
  readonly checkpoints: readonly number[]
  readonly isRegistered: boolean
  readonly socket: WebSocket
}

/** What a frame says to every member that gets the same bytes. */
interface Digest {
  readonly frame: Buffer
  readonly type: string
  readonly ids: readonly number[]
  readonly cursor: string | null
  readonly isCheckpoint: boolean
}

/**
 * Connects apps that register with `batch`; they are cut after the test.
 * @param resume a cursor for each, or null
 */
export async function connectCrowd(
  url: string,
  count: number,
  registration: (index: number) => object = () => ({}),
): Promise<readonly Member[]> {
  const read = createReader()
  const members = Array.from({ length: count }, (_, index) => connectMember(url, registration(index), read))
  onTestFinished(() => cutAll(members.map(({ member }) => member)))
  await Promise.all(members.map(({ registered }) => registered))
  return members.map(({ member }) => member)
}

/** Breaks all connections at once, and waits until this side has forgotten them. */
export async function cutAll(members: readonly Member[]): Promise<void> {
  const open = members.filter(({ socket }) => socket.readyState !== WebSocket.CLOSED)
  const closed = open.map(({ socket }) => new Promise(resolve => socket.once('close', resolve)))
  for (const { socket } of open) socket.terminate()
  await Promise.all(closed)
}

function connectMember(url: string, registration: object, read: (frame: Buffer) => Digest) {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  const member = {
    socket,
    ids: [] as number[],
    cursor: null as string | null,
    gaps: 0,
    isRegistered: false,
    checkpoints: [] as number[],
  }
  socket.on('error', () => {})
  socket.on('open', () => {
    const data = { app_name: 'crowd', batch: true, ...registration }
    socket.send(JSON.stringify({ message_type: 'register', data }))
  })
  const registered = new Promise<void>((resolve, reject) => {
    socket.on('close', code => reject(new Error(`a member was closed: ${code}`)))
    socket.on('message', (frame: Buffer) => {
      const { type, ids, cursor, isCheckpoint } = read(frame)
      for (const id of ids) member.ids.push(id)
      if (cursor !== null) member.cursor = cursor
      if (isCheckpoint) member.checkpoints.push(member.ids.length)
      if (type === 'gap') member.gaps++
      if (type !== 'registered') return
      member.isRegistered = true
      resolve()
    })
  })
  return { member: member as Member, registered }
}

/** Equal frames are parsed once: most of a crowd gets the same bytes one after the other. */
function createReader(): (frame: Buffer) => Digest {
  let last: Digest | null = null
  return frame => {
    if (last?.frame.equals(frame)) return last
    const { message_type: type, data } = JSON.parse(frame.toString()) as RawMessage
    const events = (type === 'events' ? data['events'] : []) as readonly { readonly id: string }[]
    const cursor = typeof data['cursor'] === 'string' ? data['cursor'] : null
    const isCheckpoint = type === 'checkpoint' || (type === 'events' && data['checkpoint'] === true)
    last = { frame, type, ids: events.map(({ id }) => Number(id)), cursor, isCheckpoint }
    return last
  }
}
