import { readHubUrl } from '../domain/hub-address.ts'
import type { PresenceWord } from '../domain/presence.ts'
import type { HubAnnouncement, Signal } from '../domain/signal-bus.ts'
import { readPresenceWord } from './presence-word.ts'

/** What hubs say to each other. */
export type BusMessage =
  | { readonly kind: 'signal'; readonly signal: Signal }
  /** A hub is there. */
  | { readonly kind: 'hub'; readonly hub: Omit<HubAnnouncement, 'hubId'> }
  /** Who is with the sending hub. */
  | { readonly kind: 'presence'; readonly word: PresenceWord }
  /** The sending hub ends. */
  | { readonly kind: 'bye' }

/** As JSON in ASCII: it passes through a database of any encoding, and one character is one byte. */
export function writeBusMessage(message: BusMessage): string {
  return JSON.stringify(message).replace(
    /[\u007f-\uffff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * Reads what came over the bus, where anyone may have put it.
 * @returns null for whatever no hub would have sent
 */
export function readBusMessage(text: string): BusMessage | null {
  const found = parseJson(text)
  if (!isObject(found)) return null
  if (found['kind'] === 'bye') return { kind: 'bye' }
  if (found['kind'] === 'signal' && isSignal(found['signal'])) {
    return { kind: 'signal', signal: found['signal'] }
  }
  if (found['kind'] === 'presence') {
    const word = readPresenceWord(found['word'])
    return word === null ? null : { kind: 'presence', word }
  }
  return found['kind'] === 'hub' && isHub(found['hub']) ? { kind: 'hub', hub: found['hub'] } : null
}

/** The longest name of a room, an event or an id. */
const maxName = 200
/** Names of table events, which no app may send. */
const reservedTypes: readonly unknown[] = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']

function isSignal(found: unknown): found is Signal {
  if (!isObject(found)) return false
  const { eventId, eventType, data, room, origin, connectionId, at } = found
  const hasNames = [eventId, eventType, origin].every(name => isText(name) && name !== '') && isTime(at)
  if (!hasNames || reservedTypes.includes(eventType) || !isText(connectionId)) return false
  return (room === null || isText(room)) && typeof data === 'string' && parseJson(data) !== undefined
}

function isHub(found: unknown): found is Omit<HubAnnouncement, 'hubId'> {
  if (!isObject(found)) return false
  const { host, port, rules, version, startedAt, address } = found
  const isKnown = [host, rules, version].every(isText) && Number.isInteger(port) && isTime(startedAt)
  return isKnown && (address === undefined || isAddress(address))
}

function isAddress(found: unknown): boolean {
  if (!isObject(found)) return false
  const { url, machine, proof } = found
  return isText(url) && readHubUrl(url) === url && isText(machine) && isText(proof)
}

function isText(found: unknown): found is string {
  return typeof found === 'string' && found.length <= maxName
}

function isTime(found: unknown): boolean {
  return isText(found) && !Number.isNaN(Date.parse(found))
}

function isObject(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
