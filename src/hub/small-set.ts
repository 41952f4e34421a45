/** A set that nearly always has one item or none, of which there are as many as there are filters: see `SmallMap`. */
export class SmallSet<Item extends object> {
  /** Null while it is empty, and once it is a set. */
  #item: Item | null = null
  #set: Set<Item> | null = null

  get size(): number {
    return this.#set?.size ?? (this.#item === null ? 0 : 1)
  }

  add(item: Item): void {
    if (this.#set !== null) this.#set.add(item)
    else if (this.#item === null || this.#item === item) this.#item = item
    else {
      this.#set = new Set([this.#item, item])
      this.#item = null
    }
  }

  delete(item: Item): void {
    if (this.#item === item) this.#item = null
    this.#set?.delete(item)
    if (this.#set?.size === 0) this.#set = null
  }

  /** In the order in which they were added. */
  forEach(visit: (item: Item) => void): void {
    if (this.#item !== null) visit(this.#item)
    this.#set?.forEach(visit)
  }
}
