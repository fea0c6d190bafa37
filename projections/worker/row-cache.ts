/** A row cache: what is known of the rows that a lane has touched lately, of bounded size. */
import { weigh } from "../../wire/internal.ts"
import type { KnownRow, KnownRows } from "./fold.ts"
import { CACHED_BYTES } from "../limits.ts"

/**
 * Caches rows in two halves. When the recent half is full it becomes the older one, and the rows of
 * the old half are forgotten, unless they were touched since or are not saved yet. A row that is
 * touched again counts again, so the bound is never exceeded by much.
 */
export class RowCache {
  readonly #most: number
  #recent = new Map<string, KnownRow>()
  #older = new Map<string, KnownRow>()
  /** The estimated bytes that were added to the recent half. */
  #bytes = 0
  #held = 0
  #released = 0
  /** How many batches were held when the older half was the recent one. */
  #heldInOlder = 0

  constructor(mostBytes = CACHED_BYTES) {
    this.#most = mostBytes
  }

  /** What is known of a key. */
  get(key: string): KnownRow | undefined {
    return this.#recent.get(key) ?? this.#older.get(key)
  }

  /** Caches the rows of a batch that is about to be saved. */
  hold(rows: KnownRows): void {
    this.#held++
    this.#bytes += weigh(rows)
    for (const [key, row] of rows) this.#recent.set(key, row)
  }

  /** Records that the oldest held batch has been saved. */
  release(): void {
    this.#released++
    if (this.#bytes * 2 <= this.#most || this.#released < this.#heldInOlder) return
    this.#older = this.#recent
    this.#recent = new Map()
    this.#bytes = 0
    this.#heldInOlder = this.#held
  }
}
