/** A row cache: what is known of the rows that a lane has lately touched, of bounded size. */
import type { KnownRow, KnownRows } from "./fold.ts"
import { CACHED_ROWS } from "./limits.ts"

/**
 * Remembers rows, in two parts of half its size: when the recent part is full it becomes the older
 * one, and what was in that one is forgotten, unless it was touched since or is not saved yet.
 */
export class RowCache {
  readonly #most: number
  #recent = new Map<string, KnownRow>()
  #older = new Map<string, KnownRow>()
  #held = 0
  #released = 0
  /** How many batches were held when the older part was the recent one. */
  #heldInOlder = 0

  constructor(most = CACHED_ROWS) {
    this.#most = most
  }

  /** What is known of a key. */
  get(key: string): KnownRow | undefined {
    return this.#recent.get(key) ?? this.#older.get(key)
  }

  /** Remembers the rows of a batch that is about to be saved. */
  hold(rows: KnownRows): void {
    this.#held++
    for (const [key, row] of rows) this.#recent.set(key, row)
  }

  /** Takes note that the first batch that was held and not released has been saved. */
  release(): void {
    this.#released++
    if (this.#recent.size * 2 <= this.#most || this.#released < this.#heldInOlder) return
    this.#older = this.#recent
    this.#recent = new Map()
    this.#heldInOlder = this.#held
  }
}
