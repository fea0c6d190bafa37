/** An actor in memory: its state, and where its log ended when it was last read. */
import {
  isFailure,
  type Message,
  messageOf,
  positionOf,
  Unavailable,
} from "../../contracts/internal.ts"
import {
  limited,
  nextAncestors,
  reportWarning,
  type StoredCommit,
  type StoredEvent,
} from "../../wire/internal.ts"
import { type AnyActor, replay } from "../actor.ts"
import { BrokenHistory } from "../journal/journal.ts"
import { asBug } from "./bug.ts"
import { endOf } from "./history.ts"
import { Refusals } from "./repeats/refusals.ts"
import { Remembered } from "./repeats/idempotency-window.ts"

/**
 * Reads an event like `codec.event`. Throws `UnknownEvent` for an event that another version of the
 * code can read, and `BrokenHistory` for one that does not fit its contract.
 */
const readEvent = (
  { contract }: AnyActor,
  stored: StoredEvent,
  sequence: number,
): Message<"event"> | readonly Message<"event">[] => {
  try {
    return contract.codec.event(stored)
  } catch (error) {
    const place = positionOf(contract.context, sequence)
    const skip = `step over it: leftfold skip ${place} --reason "…"`
    const reason = messageOf(error)
    const tag = isFailure(error) ? error._tag : undefined
    if (tag !== "NotFound" && tag !== "Internal") {
      const message = `${contract.name}: the event ${stored.type} at ${place} does not fit its ` +
        `contract: correct the contract, or ${skip}`
      throw new BrokenHistory(message, { cause: error, sequence, explained: true })
    }
    const written = `${place}, of ${new Date(stored.time).toISOString()}`
    const message = tag === "Internal"
      ? `${contract.name} has an event of a newer version of the code: ${reason} ` +
        `(${written}). If no newer version wrote it, ${skip}`
      : `an event cannot be read: ${reason} (${written}). If nobody needs it, ${skip}`
    warn(message)
    throw new UnknownEvent({ message, retryAfterMs: 1_000 })
  }
}

/** The state after a stored event. Throws as `readEvent`, and what `evolve` throws as a bug. */
export const evolved = (
  actor: AnyActor,
  state: unknown,
  stored: StoredEvent,
  sequence: number,
): unknown => {
  const event = readEvent(actor, stored, sequence)
  try {
    return "kind" in event ? actor.evolve(state, event) : replay(actor, event, state)
  } catch (error) {
    throw asBug(error)
  }
}

/** Limited, because each command would warn until this process runs the other version. */
const warn = limited(reportWarning, { burst: 5, everyMs: 60_000 })

/** Another version of the code, or somebody else, wrote an event that cannot be read here. */
export class UnknownEvent extends Unavailable {}

/** One actor in memory, as it is after the last commit that was folded. */
export class Resident {
  remembered: Remembered
  readonly refused: Refusals = new Refusals()
  state: unknown
  version = 0
  /** The latest time of any of its events, in milliseconds since 1970. */
  latest = 0
  sequence = 0
  ancestors: readonly number[] = []
  /** The version of its snapshot; 0 if it has no snapshot. */
  snapshotVersion = 0

  constructor(initial: unknown, windowMs?: number) {
    this.state = initial
    this.remembered = new Remembered(windowMs)
  }

  /** Moves on to a stored commit and the state after it. */
  advance(commit: StoredCommit, state: unknown): void {
    this.state = state
    this.version = endOf(commit)
    for (const { time } of commit.events) if (time > this.latest) this.latest = time
    this.sequence = commit.sequence
    this.ancestors = nextAncestors(commit.ancestors, commit.sequence)
    this.remembered.add(commit)
    const { refusals, sequence } = commit
    if (refusals) this.refused.add(refusals.map((refusal) => ({ sequence, ...refusal })))
  }

  /**
   * Folds the commits that follow. Throws `BrokenHistory` for an event that does not fit its
   * contract, `UnknownEvent` for one of another version of the code, and what a handler throws.
   */
  fold(actor: AnyActor, commits: readonly StoredCommit[]): void {
    for (const commit of commits) {
      let state = this.state
      for (const stored of commit.skipped ? [] : commit.events) {
        state = evolved(actor, state, stored, commit.sequence)
      }
      this.advance(commit, state)
    }
  }
}
