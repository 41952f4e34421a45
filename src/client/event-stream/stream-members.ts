import type { SubscribeData } from '../../protocol/messages.ts'

/** Events of a table whose rows are known. */
const tableEvents = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']

/** A subscription, and the message that asked for it. */
export interface Joining {
  readonly data: SubscribeData
  readonly messageId: string | undefined
}

/**
 * Keeps which subscriptions are in an event stream, and which wait for the next one. When one of several that came in together is
 * refused, each comes alone from then on, to find which. It knows no connection.
 */
export function createStreamMembers() {
  const inside = new Map<string, SubscribeData>()
  let waiting: Joining[] = []
  /** What the stream that is being opened brings in. */
  let joining: Joining[] = []
  /** Live tables in the stream whose rows have not all come. */
  let reading: Joining[] = []
  let isCareful = false

  return {
    isEmpty: () => inside.size + waiting.length + joining.length === 0,
    isJoining: () => joining.length > 0,
    isReading: () => reading.length > 0,

    /** Something waits that the next stream can bring in: one after the other, where it is not known which is refused. */
    mayGrow(): boolean {
      isCareful &&= waiting.length > 0
      return waiting.length > 0 && !(isCareful && reading.length > 0)
    },

    add(entry: Joining): void {
      reading = without(reading, entry.data.id)
      waiting.push(entry)
    },

    remove(id: string): void {
      inside.delete(id)
      waiting = without(waiting, id)
      reading = without(reading, id)
    },

    /** What the hub would not begin with because of a room is asked for by itself, later. */
    removeRooms(): void {
      for (const [id, { rooms }] of inside) if (rooms) inside.delete(id)
    },

    /** What the next stream is to have. @param all what it begins anew with */
    next(all?: readonly SubscribeData[]): SubscribeData[] {
      if (all) inside.clear()
      joining.push(...waiting.splice(0, isCareful ? 1 : waiting.length))
      for (const data of [...(all ?? []), ...joining.map(({ data }) => data)]) inside.set(data.id, data)
      return [...inside.values()]
    },

    /** The stream has begun. @returns what that is the answer for: not live tables, whose rows have to come first */
    begun(): Joining[] {
      const joined = joining
      joining = []
      reading.push(...joined.filter(({ data }) => data.snapshot))
      return joined.filter(({ data }) => !data.snapshot)
    },

    /** A table whose rows have come goes on with its events. */
    settled(id: string): void {
      const { snapshot, tables, where } = inside.get(id) ?? {}
      if (snapshot) inside.set(id, { id, tables, where, events: tableEvents })
      reading = without(reading, id)
    },

    /** One of those that were brought in is not taken. @returns it; undefined: each is tried by itself, to find which */
    refused(): Joining | undefined {
      const all = [...reading, ...joining]
      reading = []
      joining = []
      for (const { data } of all) inside.delete(data.id)
      if (!all[1]) return all[0]
      isCareful = true
      waiting.unshift(...all)
      return undefined
    },
  }
}

function without(entries: readonly Joining[], id: string): Joining[] {
  return entries.filter(({ data }) => data.id !== id)
}
