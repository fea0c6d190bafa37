/** A subscription: reads the log at least once, from a position that outlives it. A port. */
import type { LogMessage, Serving, Skips } from "../../wire/internal.ts"

/** A reader of the log: its name, its context, and what it does with a message. */
export interface Subscriber {
  /** The name under which the position is kept. */
  readonly name: string
  readonly context: string
  /** Where to begin when there is no position yet. */
  readonly start: "beginning" | "now"
  /** Whether there should be a position already; unless absent, a new one is worth a warning. */
  readonly isKnown?: boolean
  /**
   * Takes one message of the log. Resolves to whether the message is done, and must not reject. A
   * message that is not done comes again, at the latest after a restart. Messages of one subject
   * come one after another; those of different subjects come at the same time.
   */
  readonly handle: (message: LogMessage) => Promise<Handled>
}

/**
 * Whether a message is done. One that is given back (`elsewhere`) comes again after a moment, to
 * this reader or to another one of this name; messages behind it do not wait.
 */
export type Handled = boolean | "elsewhere"

/** A subscription that is read until it is closed. */
export interface Subscription extends Serving {
  /** How many messages are not done. Rejects with `Unavailable`. */
  readonly lag: () => Promise<number>
}

/** Lets subscribers read the log. */
export interface Subscriptions {
  /** Starts reading. Rejects with `Unavailable` when the log cannot be reached. */
  readonly subscribe: (subscriber: Subscriber) => Promise<Subscription>
  /** The message at a position; undefined without one. Rejects with `Unavailable`. */
  readonly message: (context: string, sequence: number) => Promise<LogMessage | undefined>
  /**
   * Whether some process reads as this subscription now, in one of these contexts. What cannot be
   * told counts as read.
   */
  readonly isRead: (name: string, contexts: readonly string[]) => Promise<boolean>
  /**
   * When the log of a context was made: another time says that it is another log. Undefined without
   * a log. Rejects with `Unavailable`.
   */
  readonly madeAt: (context: string) => Promise<string | undefined>
  /** Which messages of a context are stepped over. Rejects with `Unavailable`. */
  readonly skips: Skips["read"]
}
