/** The written refusals that an actor remembers, so that a late try gets the same answer. */
import type { Refusal } from "../../../wire/internal.ts"
import { REMEMBERED } from "../../limits.ts"

/** A refusal, and the sequence of the last commit at that time. */
export interface StoredRefusal extends Refusal {
  readonly sequence: number
}

/**
 * The refusals of one actor that still matter, because another try of their commands may still be
 * decided. Once a deadline has passed by more than clocks can differ, no host decides such a try.
 */
export class Refusals {
  /** By command id, one for each content. Made when needed, because most actors have none. */
  #refusals: Map<string, readonly StoredRefusal[]> | undefined
  #size = 0

  /** How many refusals there are. */
  get size(): number {
    return this.#size
  }

  /** All refusals, the oldest first. */
  get all(): readonly StoredRefusal[] {
    return [...this.#refusals?.values() ?? []].flat()
  }

  /** Whether there is a refusal of a command with this id. */
  knows(command: string): boolean {
    return this.#refusals?.has(command) ?? false
  }

  /** The refusal that holds for a try of this command with this content and deadline. */
  get(command: string, content: string, deadline: number): StoredRefusal | undefined {
    return this.#refusals?.get(command)?.find((refusal) =>
      refusal.content === content && refusal.deadline >= deadline
    )
  }

  /** Adds refusals, and forgets those that no longer matter. */
  add(refusals: readonly StoredRefusal[]): void {
    if (refusals.length === 0) return
    const all = this.#refusals ??= new Map<string, readonly StoredRefusal[]>()
    for (const refusal of refusals) {
      const { command, content, deadline } = refusal
      if (this.get(command, content, deadline)) continue
      const known = all.get(command) ?? []
      const others = known.filter((each) => each.content !== content)
      all.delete(command)
      all.set(command, [...others, refusal])
      this.#size += others.length + 1 - known.length
    }
    const horizon = (refusals.at(-1)?.time ?? 0) - REMEMBERED.refusalMs
    for (const [command, refused] of all) {
      const over = refused.every(({ deadline }) => deadline < horizon)
      if (!over && this.#size <= REMEMBERED.refusals) continue
      all.delete(command)
      this.#size -= refused.length
    }
  }
}
