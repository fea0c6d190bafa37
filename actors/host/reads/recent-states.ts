/** States that took long to fold, kept for a while for later questions about the same actor. */
import { weigh } from "../../../wire/internal.ts"
import { READS } from "../../limits.ts"

/** A state, and the part of the log that it was folded from. */
export interface FoldedState {
  readonly state: unknown
  /** How many events were folded. */
  readonly version: number
  /** The latest time of any of these events, in milliseconds since 1970. */
  readonly latest: number
}

interface Kept {
  readonly folded: FoldedState
  readonly bytes: number
  readonly until: number
}

/** Keeps a few states; the least recently used ones are dropped first. */
export class RecentStates {
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  /** The state kept under this key; undefined if nothing is kept, or it is too old. */
  get(key: string): FoldedState | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    this.#remove(key)
    if (kept.until <= performance.now()) return undefined
    this.#add(key, kept)
    return kept.folded
  }

  /** Keeps a state in place of the one before, unless it would take more than half of the room. */
  keep(key: string, folded: FoldedState): void {
    this.#remove(key)
    const bytes = weigh(folded.state)
    if (bytes > READS.keptBytes / 2) return
    this.#add(key, { folded, bytes, until: performance.now() + READS.keptMs })
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= READS.kept && this.#bytes <= READS.keptBytes) return
      this.#remove(oldest)
    }
  }

  #add(key: string, kept: Kept): void {
    this.#kept.set(key, kept)
    this.#bytes += kept.bytes
  }

  #remove(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0
    this.#kept.delete(key)
  }
}
