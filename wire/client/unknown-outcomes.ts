/** Doubts: the ids of commands of which this process was not told what became of them. */
import { type Failure, isOutageName } from "../../contracts/internal.ts"
import { UNKNOWN_OUTCOMES } from "../limits.ts"

/** The most recent of such ids. */
export class UnknownOutcomes {
  readonly #ids = new Set<string>()

  /** Whether a command of this id may yet be stored by an earlier ask. */
  has(commandId: string): boolean {
    return this.#ids.has(commandId)
  }

  /** Takes note of how an ask has failed. */
  add(commandId: string, { _tag }: Failure): void {
    if (!isOutageName(_tag)) return
    this.#ids.add(commandId)
    if (this.#ids.size <= UNKNOWN_OUTCOMES) return
    for (const oldest of this.#ids) return void this.#ids.delete(oldest)
  }
}
