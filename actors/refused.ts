/** What an actor remembers of what it refused in writing: a late try gets the same answer. */
import type { Refusal } from "../contracts/mod.ts"
import { REMEMBERED } from "./limits.ts"

/** A refusal, and the sequence of the commit that it is in. */
export interface StoredRefusal extends Refusal {
  readonly sequence: number
}

/**
 * The refusals of one actor that still matter: those whose tries may yet come to be decided. Once a
 * deadline has passed by as much as clocks may differ, no host decides a try any more.
 */
export class Refused {
  /** By the id of the command; made when there is one, as most actors never have any. */
  #refusals: Map<string, StoredRefusal> | undefined

  /** All of them, the oldest first. */
  get all(): readonly StoredRefusal[] {
    return [...this.#refusals?.values() ?? []]
  }

  /** The refusal that holds for tries of this command with this deadline. */
  get(command: string, deadline: number): StoredRefusal | undefined {
    const found = this.#refusals?.get(command)
    return found && found.deadline >= deadline ? found : undefined
  }

  /** Adds refusals, and forgets those that do not matter any more. */
  add(refusals: readonly StoredRefusal[]): void {
    if (refusals.length === 0) return
    const all = this.#refusals ??= new Map()
    for (const refusal of refusals) {
      if (this.get(refusal.command, refusal.deadline)) continue
      all.delete(refusal.command)
      all.set(refusal.command, refusal)
    }
    const horizon = (refusals.at(-1)?.time ?? 0) - REMEMBERED.windowMs
    for (const [command, { deadline }] of all) {
      if (deadline < horizon || all.size > REMEMBERED.refusals) all.delete(command)
    }
  }
}
