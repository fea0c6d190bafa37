/** The end of an actor's log, as an import knows it. */
import { nextAncestors, type StoredCommit, timeOfCommit } from "../../wire/internal.ts"
import { IMPORT } from "./limits.ts"

/** What an import knows of one actor's log. */
export interface LogEnd {
  /** The sequence of its last commit; 0 without one. */
  readonly sequence: number
  /** How many events it has. */
  readonly version: number
  /** The ancestors of the next commit. */
  readonly ancestors: readonly number[]
  /** When its last event happened, in milliseconds since 1970. */
  readonly time: number
  /**
   * The sequence up to which it holds only lines that the import has passed. Later lines can be
   * stored only after it.
   */
  readonly passed: number
}

/** The end of an empty log. */
export const EMPTY: LogEnd = { sequence: 0, version: 0, ancestors: [], time: 0, passed: 0 }

/** The end after this commit. */
export const endAfter = (commit: StoredCommit, passed: number): LogEnd => ({
  sequence: commit.sequence,
  version: commit.base + commit.events.length,
  ancestors: nextAncestors(commit.ancestors, commit.sequence),
  time: timeOfCommit(commit),
  passed,
})

/** The ends of the logs that were used most recently. */
export class LogEnds {
  readonly #ends = new Map<string, LogEnd>()

  get(subject: string): LogEnd | undefined {
    return this.#ends.get(subject)
  }

  set(subject: string, end: LogEnd): void {
    this.#ends.delete(subject)
    this.#ends.set(subject, end)
    if (this.#ends.size <= IMPORT.remembered) return
    for (const oldest of this.#ends.keys()) return void this.#ends.delete(oldest)
  }
}
