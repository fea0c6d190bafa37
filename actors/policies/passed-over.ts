/** The messages that policies pass over: unreadable ones, and those that are stepped over. */
import { positionOf } from "../../contracts/internal.ts"
import type { Skip } from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"

/** The messages that were passed over because nobody can read them. */
export interface UnreadableCount {
  /** How many there are, counted up to `POLICY.unreadableKept`. */
  readonly count: number
  /** The first of them: where each is, and why it cannot be read. */
  readonly named: readonly string[]
}

/** Counts each message once, in bounded space, for all policies of a process. */
export class PassedOver {
  readonly #unreadable = new Map<string, string>()
  readonly #skipped = new Set<string>()

  /** Notes a message that cannot be read; answers whether it is a new one. */
  note(context: string, sequence: number, reason: string): boolean {
    const place = positionOf(context, sequence)
    const isKnown = this.#unreadable.has(place) || this.#skipped.has(place)
    if (isKnown || this.#unreadable.size >= POLICY.unreadableKept) return false
    // For most of them, only the place is kept.
    this.#unreadable.set(place, this.#unreadable.size < POLICY.stuckNamed ? reason : "")
    return true
  }

  /** Notes messages that are stepped over. */
  skip(skips: Iterable<Skip>): void {
    for (const { context, sequence } of skips) {
      const place = positionOf(context, sequence)
      this.#skipped.add(place)
      this.#unreadable.delete(place)
    }
  }

  /** Forgets the messages of a log, because another one is in its place. */
  forget(context: string): void {
    for (const places of [this.#unreadable, this.#skipped]) {
      for (const place of places.keys()) if (place.startsWith(`${context}:`)) places.delete(place)
    }
  }

  /** Whether a message is stepped over. */
  isSkipped(context: string, sequence: number): boolean {
    return this.#skipped.size > 0 && this.#skipped.has(positionOf(context, sequence))
  }

  /** The unreadable messages that are not stepped over. */
  get unreadable(): UnreadableCount {
    const named = [...this.#unreadable].slice(0, POLICY.stuckNamed)
      .map(([place, reason]) => reason === "" ? place : `${place}: ${reason}`)
    return { count: this.#unreadable.size, named }
  }
}
