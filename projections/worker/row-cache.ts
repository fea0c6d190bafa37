/** A row cache: what is known of the rows that a lane has lately touched, of bounded size. */
import { weigh } from "../../wire/internal.ts"
import type { KnownRow, KnownRows } from "./fold.ts"
import { CACHED_BYTES } from "../limits.ts"

/**
 * Remembers rows, in two parts of half its size: when the recent part is full it becomes the older
 * one, and what was in that one is forgotten, unless it was touched since or is not saved yet.
 * A row that is touched again counts again, so that the bound is never exceeded by much.
 */
export class RowCache {
  readonly #most: number
  #recent = new Map<string, KnownRow>()
  #older = new Map<string, KnownRow>()
  /** What was added to the recent part, in bytes as far as that can be estimated. */
  #bytes = 0
  #held = 0
  #released = 0
  /** How many batches were held when the older part was the recent one. */
  #heldInOlder = 0

  constructor(mostBytes = CACHED_BYTES) {
    this.#most = mostBytes
  }

  /** What is known of a key. */
  get(key: string): KnownRow | undefined {
    return this.#recent.get(key) ?? this.#older.get(key)
  }

  /** Remembers the rows of a batch that is about to be saved. */
  hold(rows: KnownRows): void {
    this.#held++
    this.#bytes += weigh(rows)
    for (const [key, row] of rows) this.#recent.set(key, row)
  }

  /** Takes note that the first batch that was held and not released has been saved. */
  release(): void {
    this.#released++
    if (this.#bytes * 2 <= this.#most || this.#released < this.#heldInOlder) return
    this.#older = this.#recent
    this.#recent = new Map()
    this.#bytes = 0
    this.#heldInOlder = this.#held
  }
}
