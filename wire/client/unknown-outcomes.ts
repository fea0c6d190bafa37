/** The ids of commands whose outcome this process never learned. */
import { type Failure, isOutageName } from "../../contracts/plain.ts"
import { UNKNOWN_OUTCOMES } from "../limits.ts"

/** The most recent of these ids, up to `UNKNOWN_OUTCOMES`. */
export class UnknownOutcomes {
  readonly #ids = new Set<string>()

  /** Whether an earlier ask with this id may still be stored. */
  has(commandId: string): boolean {
    return this.#ids.has(commandId)
  }

  /** Records a failed command. Only an outage leaves its outcome unknown. */
  add(commandId: string, { _tag }: Failure): void {
    if (!isOutageName(_tag)) return
    this.#ids.add(commandId)
    if (this.#ids.size <= UNKNOWN_OUTCOMES) return
    for (const oldest of this.#ids) return void this.#ids.delete(oldest)
  }
}
