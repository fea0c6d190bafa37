/** The changes of a view: how far its rows have changed, and the callers that wait for more. */
import { hasReached, type Positions } from "../../contracts/internal.ts"
import { furtherOf } from "../store/lane.ts"
import type { Leave } from "./waiting.ts"

/** Called at most once, when rows may have changed. */
export type Changed = () => void

/** The changes of one view, as far as this process knows. */
export class ViewChanges {
  readonly #watchers = new Map<Changed, Positions>()
  /** Up to which positions rows have changed; undefined while that is not known. */
  #to: Positions | undefined

  /** Records that rows have changed, up to these positions. */
  note(positions: Positions): void {
    this.#to = furtherOf(this.#to ?? {}, positions)
    for (const [changed, seen] of this.#watchers) {
      if (!hasReached(seen, positions)) this.#tell(changed)
    }
  }

  /** Records that rows may have changed unheard: everybody is told. */
  forget(): void {
    this.#to = undefined
    for (const changed of this.#watchers.keys()) this.#tell(changed)
  }

  /** Records how far the view is, if it is not known how far its rows have changed. */
  begin(positions: Positions): void {
    this.#to ??= positions
  }

  /**
   * Calls back once rows have changed beyond the positions `seen`; at once if they have already, or
   * if that is not known.
   */
  watch(seen: Positions, changed: Changed): Leave {
    if (this.#to === undefined || !hasReached(seen, this.#to)) {
      changed()
      return () => {}
    }
    this.#watchers.set(changed, seen)
    return () => void this.#watchers.delete(changed)
  }

  #tell(changed: Changed): void {
    this.#watchers.delete(changed)
    changed()
  }
}
