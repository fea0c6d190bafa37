/** A log folder: folds batches of the log into lanes of a generation. */
import type { Positions } from "../../contracts/internal.ts"
import type { FeedMessage } from "../log/feed.ts"
import type { Lane } from "../store/lane.ts"

/** How far a lane has come, and which rows were written on the way. */
export interface LaneProgress {
  readonly lane: Lane
  /** The keys of the changed rows; undefined if they are too many or unknown. */
  readonly keys: readonly string[] | undefined
}

/** A batch that is folded and on its way into the store. */
export interface Writing {
  /** Resolves when it is stored. Rejects with `Overtaken`, or with why it cannot be stored. */
  readonly done: Promise<LaneProgress>
}

/** Folds the batches that it takes, in order. */
export interface LogFolder {
  /** Its lanes, with the positions of their rows. */
  readonly lanes: () => readonly Lane[]
  /**
   * Takes the next batch; `reached` is how far it goes. Resolves to the writes in progress when it
   * can take another one. Rejects when it cannot go on.
   */
  readonly take: (messages: readonly FeedMessage[], reached: Positions) => Promise<Writing[]>
  /** Resolves when no write is in progress and the checkpoints are saved, if that works. */
  readonly stop: () => Promise<void>
}
