import type { PresenceBus, PresenceEntry } from '../../domain/presence.ts'

/** What this hub tells the others of its own connections, in numbered steps. */
export class OwnPeople {
  readonly #bus: PresenceBus
  readonly #entries = new Map<string, PresenceEntry>()
  readonly #changed = new Map<string, PresenceEntry>()
  readonly #gone = new Set<string>()
  #number = 0
  #wantsAll = false

  constructor(bus: PresenceBus) {
    this.#bus = bus
  }

  get(id: string): PresenceEntry | undefined {
    return this.#entries.get(id)
  }

  put(entry: PresenceEntry): void {
    this.#entries.set(entry.id, entry)
    this.#changed.set(entry.id, entry)
    this.#gone.delete(entry.id)
  }

  remove(id: string): void {
    if (!this.#entries.delete(id)) return
    this.#changed.delete(id)
    this.#gone.add(id)
  }

  /** The next {@link tell} says everything. */
  wantAll(): void {
    this.#wantsAll = true
  }

  /** Tells what has changed, or everything where somebody asked, or where the change is as long. */
  tell(): void {
    const [changed, gone] = [[...this.#changed.values()], [...this.#gone]]
    if (changed.length + gone.length > 0) this.#number++
    else if (!this.#wantsAll) return
    this.#changed.clear()
    this.#gone.clear()
    const number = this.#number
    const isAll = this.#wantsAll || changed.length === this.#entries.size
    if (isAll || !this.#bus.tell({ word: 'change', number, changed, gone })) this.#tellAll(number)
    this.#wantsAll = false
  }

  /** Tells that this hub is there; without anybody it may be forgotten. */
  beat(): void {
    if (this.#entries.size > 0) this.#bus.tell({ word: 'beat', number: this.#number })
  }

  /** As many as the bus carries in one word; of a hub with more than that, the others do not know the rest. */
  #tellAll(number: number): void {
    let entries = [...this.#entries.values()]
    while (!this.#bus.tell({ word: 'all', number, entries }) && entries.length > 0) {
      entries = entries.slice(0, Math.floor(entries.length / 2))
    }
  }
}
