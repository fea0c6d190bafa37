/** A log folder: folds batches of the log into lanes of a generation. */
import type { Positions } from "../../contracts/internal.ts"
import type { FeedMessage } from "../log/feed.ts"
import type { Lane } from "../store/lane.ts"

/** How far a lane has come, with what was written on the way. */
export interface Progress {
  readonly lane: Lane
  /** The keys of the rows that changed; undefined when they are too many or not known. */
  readonly keys: readonly string[] | undefined
}

/** A batch that is folded and on its way into the store. */
export interface Writing {
  /** Resolves when it is in the store. Rejects with `Overtaken`, or with why it cannot be. */
  readonly done: Promise<Progress>
}

/** Folds what it is given, in order. */
export interface LogFolder {
  /** Its lanes as their rows are now. */
  readonly lanes: () => readonly Lane[]
  /**
   * Takes the next batch; `reached` is how far it goes. Resolves when another one can be given,
   * with what is still being written. Rejects when it cannot go on.
   */
  readonly take: (messages: readonly FeedMessage[], reached: Positions) => Promise<Writing[]>
  /** Resolves when nothing is under way and the checkpoints are saved, if that works. */
  readonly stop: () => Promise<void>
}
