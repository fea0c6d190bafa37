/** A subscription: reads the log at least once, from a position that outlives it. A port. */
import type { LogMessage, Serving, Skips } from "../../wire/internal.ts"

/** Who reads what. */
export interface Subscriber {
  /** The name under which the position is kept. */
  readonly name: string
  readonly context: string
  /** Where to begin when there is no position yet. */
  readonly start: "beginning" | "now"
  /**
   * Takes one message of the log; resolves to whether it is done, and must not reject. One that
   * is not done comes again, if only after a restart. Messages of one subject come one after
   * another, those of different subjects side by side.
   */
  readonly handle: (message: LogMessage) => Promise<boolean>
}

/** Something that is read until it is closed. */
export interface Subscription extends Serving {
  /** How many messages are not done. Rejects with `Unavailable`. */
  readonly lag: () => Promise<number>
}

/** Lets subscribers read the log. */
export interface Subscriptions {
  /** Starts reading. Rejects with `Unavailable` when the log cannot be reached. */
  readonly subscribe: (subscriber: Subscriber) => Promise<Subscription>
  /** Which messages of a context are stepped over. Rejects with `Unavailable`. */
  readonly skips: Skips["read"]
}
