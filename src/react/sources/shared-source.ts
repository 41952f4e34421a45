import type { Client } from '../../client/create-client.ts'
import type { Closable } from './holding.ts'
import { Holding } from './holding.ts'

/** Something open at the client that components look at. */
export interface Source<View> extends Closable {
  /** What there is to see now; the same object until it changes. */
  readonly view: View
}

/** What kind of thing components look at, and how it is opened. */
export interface SourceKind<Options, View> {
  /** Different for each kind. */
  readonly name: string
  /** What there is to see before it is open, and on a server. */
  readonly blank: View
  /** @param changed is to be called when there is something else to see */
  open(client: Client, options: Options, changed: () => void): Source<View>
}

/** A source, and who looks at it. */
interface Shared {
  readonly listeners: Set<() => void>
  readonly holding: Holding<Source<unknown>>
}

/** What is open, by client and by key: components that want the same share it. */
const everything = new WeakMap<Client, Map<string, Shared>>()

/** Which source is meant: `options` is one of the options whose key is `key`. */
export interface SourcePlace<Options, View> {
  readonly client: Client
  readonly kind: SourceKind<Options, View>
  readonly key: string
  readonly options: Options
}

/** What there is to see of a source now, open or not. */
export function viewOf<Options, View>({ client, kind, key }: SourcePlace<Options, View>): View {
  const source = everything.get(client)?.get(nameOf(kind.name, key))?.holding.thing as
    | Source<View>
    | null
    | undefined
  return source ? source.view : kind.blank
}

/**
 * Opens a source where it is not open yet, and looks at it.
 * @param listener hears that there is something else to see
 * @param releaseMs how long it stays open after the last one stopped looking, ms
 * @returns stops looking
 */
export function lookAt<Options, View>(
  place: SourcePlace<Options, View>,
  listener: () => void,
  releaseMs: number,
): () => void {
  const { listeners, holding } = findOrMake(place)
  // The same function may look twice.
  const entry = () => listener()
  listeners.add(entry)
  const release = holding.hold(releaseMs)
  return () => {
    listeners.delete(entry)
    release()
  }
}

function findOrMake<Options, View>({ client, kind, key, options }: SourcePlace<Options, View>): Shared {
  const all = everything.get(client) ?? new Map<string, Shared>()
  everything.set(client, all)
  const name = nameOf(kind.name, key)
  const found = all.get(name)
  if (found) return found
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of [...listeners]) listener()
  }
  const holding = new Holding<Source<unknown>>(
    () => kind.open(client, options, changed),
    () => void all.delete(name),
  )
  const shared = { listeners, holding }
  all.set(name, shared)
  return shared
}

function nameOf(kind: string, key: string): string {
  return `${kind} ${key}`
}
