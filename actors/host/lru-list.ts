/** An LRU list: values by key, ordered from the least to the most recently used. */

/** A value of such a list. Only the list writes its neighbours. */
export interface Used {
  readonly key: string
  older: Used | undefined
  newer: Used | undefined
}

/**
 * A map that keeps its values in the order of use. The order is a linked list through the values
 * themselves, because a `Map` that is reordered by deleting and setting copies itself repeatedly.
 */
export class LruList<T extends Used> {
  readonly #byKey = new Map<string, T>()
  #oldest: Used | undefined
  #newest: Used | undefined

  /** How many values there are. */
  get size(): number {
    return this.#byKey.size
  }

  /** The value with this key. Its place in the order stays. */
  get(key: string): T | undefined {
    return this.#byKey.get(key)
  }

  /** The value with this key, which is now the most recently used. */
  use(key: string): T | undefined {
    const found = this.#byKey.get(key)
    if (!found || found === this.#newest) return found
    this.#unlink(found)
    this.#append(found)
    return found
  }

  /** Adds a value as the most recently used. */
  add(added: T): void {
    this.#byKey.set(added.key, added)
    this.#append(added)
  }

  /** Removes a value. */
  remove(removed: T): void {
    if (this.#byKey.delete(removed.key)) this.#unlink(removed)
  }

  /** All values, the least recently used first. The current one may be removed meanwhile. */
  *oldestFirst(): Iterable<T> {
    for (let each = this.#oldest; each;) {
      const { newer } = each
      yield each as T
      each = newer
    }
  }

  #append(added: Used): void {
    added.older = this.#newest
    added.newer = undefined
    if (this.#newest) this.#newest.newer = added
    else this.#oldest = added
    this.#newest = added
  }

  #unlink({ older, newer }: Used): void {
    if (older) older.newer = newer
    else this.#oldest = newer
    if (newer) newer.older = older
    else this.#newest = older
  }
}
