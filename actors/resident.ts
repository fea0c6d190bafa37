/** An actor in memory: its state and where its log ended when we last looked. */
import { nextAncestors, type StoredCommit } from "../contracts/mod.ts"
import type { AnyActor } from "./actor.ts"
import { asBug } from "./bug.ts"
import { Refused } from "./refused.ts"
import { Remembered } from "./remembered.ts"

/** The state of one actor after the last commit that it was rebuilt from. */
export class Resident {
  remembered: Remembered = new Remembered()
  readonly refused: Refused = new Refused()
  state: unknown
  version = 0
  sequence = 0
  ancestors: readonly number[] = []
  /** The version that its snapshot is of; 0 when it has none. */
  snapshotVersion = 0

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
    const { refusals, sequence } = commit
    if (refusals) this.refused.add(refusals.map((refusal) => ({ sequence, ...refusal })))
  }

  /** Folds commits that follow. Throws for an event that is not as its contract says or folds. */
  fold(actor: AnyActor, commits: readonly StoredCommit[]): void {
    try {
      for (const commit of commits) {
        let state = this.state
        for (const stored of commit.events) {
          state = actor.evolve(state, actor.contract.codec.event(stored))
        }
        this.advance(commit, state)
      }
    } catch (error) {
      throw asBug(error)
    }
  }
}
