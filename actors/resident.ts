/** An actor in memory: its state and where its log ended when we last looked. */
import { type Message, nextAncestors, type StoredCommit } from "../contracts/mod.ts"
import type { AnyActor } from "./actor.ts"
import type { History } from "./journal.ts"
import { Remembered } from "./remembered.ts"

/** The state of one actor after the last commit that it was rebuilt from. */
export class Resident {
  readonly remembered: Remembered = new Remembered()
  state: unknown
  version = 0
  sequence = 0
  ancestors: readonly number[] = []

  constructor(initial: unknown) {
    this.state = initial
  }

  /** Moves on to a commit that is stored, with the state after it. */
  advance(commit: StoredCommit, state: unknown): void {
    this.state = state
    this.version = commit.base + commit.events.length
    this.sequence = commit.sequence
    this.ancestors = nextAncestors(commit.ancestors, commit.sequence)
    this.remembered.add(commit)
  }
}

/** Folds a history. Throws what `evolve` throws, or a `Failure` for an event it cannot read. */
export const residentOf = (actor: AnyActor, { commits }: History): Resident => {
  const resident = new Resident(actor.initial)
  for (const commit of commits) {
    let state = resident.state
    for (const stored of commit.events) {
      state = actor.evolve(state, actor.contract.codec.event(stored) as Message<"event">)
    }
    resident.advance(commit, state)
  }
  return resident
}
