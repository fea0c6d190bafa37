/** A row cache: what is known of the rows that a lane has lately touched, of bounded size. */
import type { KnownRow, KnownRows } from "./fold.ts"
import { CACHED_ROWS } from "./limits.ts"

/** Remembers rows. Those that are not saved yet are never forgotten. */
export class RowCache {
  readonly #most: number
  readonly #saved = new Map<string, KnownRow>()
  readonly #held: KnownRows[] = []

  constructor(most = CACHED_ROWS) {
    this.#most = most
  }

  /** What is known of a key. */
  get(key: string): KnownRow | undefined {
    return this.#held.findLast((rows) => rows.has(key))?.get(key) ?? this.#saved.get(key)
  }

  /** Remembers rows that are about to be saved. */
  hold(rows: KnownRows): void {
    this.#held.push(rows)
  }

  /** Remembers rows as the store has them now; they need not be held any more. */
  release(rows: KnownRows): void {
    const index = this.#held.indexOf(rows)
    if (index >= 0) this.#held.splice(index, 1)
    for (const [key, row] of rows) {
      // So that what was touched last is forgotten last.
      this.#saved.delete(key)
      this.#saved.set(key, row)
    }
    for (const key of this.#saved.keys()) {
      if (this.#saved.size <= this.#most) break
      this.#saved.delete(key)
    }
  }
}
