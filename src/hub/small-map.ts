/**
 * A map that nearly always has one entry or none, of which there are as many as there are connections: a `Map` takes
 * 200 bytes for its first entry, this takes 56. From the second entry on it is a `Map`. Entries come in the order in
 * which they were added.
 */
export class SmallMap<Key extends string, Value> {
  /** Null while it is empty, and once it is a map. */
  #key: Key | null = null
  #value: Value | undefined
  #map: Map<Key, Value> | null = null

  get size(): number {
    return this.#map?.size ?? (this.#key === null ? 0 : 1)
  }

  has(key: Key): boolean {
    return this.#map?.has(key) ?? this.#key === key
  }

  get(key: Key): Value | undefined {
    if (this.#map !== null) return this.#map.get(key)
    return this.#key === key ? this.#value : undefined
  }

  set(key: Key, value: Value): void {
    if (this.#map !== null) this.#map.set(key, value)
    else if (this.#key === null || this.#key === key) {
      this.#key = key
      this.#value = value
    } else {
      // What `#value` is was set with its key.
      this.#map = new Map([[this.#key, this.#value as Value]]).set(key, value)
      this.#forgetOne()
    }
  }

  /** False when there was none. */
  delete(key: Key): boolean {
    if (this.#map !== null) {
      const had = this.#map.delete(key)
      if (this.#map.size === 0) this.#map = null
      return had
    }
    if (this.#key !== key) return false
    this.#forgetOne()
    return true
  }

  /** All values, as they are now. */
  values(): Value[] {
    if (this.#map !== null) return [...this.#map.values()]
    return this.#key === null ? [] : [this.#value as Value]
  }

  /** All keys, as they are now. */
  keys(): Key[] {
    if (this.#map !== null) return [...this.#map.keys()]
    return this.#key === null ? [] : [this.#key]
  }

  #forgetOne(): void {
    this.#key = null
    this.#value = undefined
  }
}
