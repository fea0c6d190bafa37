/** The feed: the log in order, from any position. It keeps no state for its reader. A port. */
import type { LogMessage, Skips } from "../../wire/internal.ts"
import {
  messageOf,
  NotFound,
  positionOf,
  type Positions,
  Unavailable,
} from "../../contracts/internal.ts"

/** A message of the log and the context it is from. */
export interface FeedMessage extends LogMessage {
  readonly context: string
}

/** The stream of a context, as it is now. */
export interface LogState {
  /** When it was created: positions of another stream of this name mean nothing. */
  readonly created: string
  /** The sequence of its last message; 0 when it is empty. */
  readonly last: number
}

/** Reads on, from where it was opened. */
export interface FeedReader {
  /**
   * The next messages, at least one and at most `most`; waits until there are any. Empty when the
   * reader was closed. Messages of one context come in the order of the log. Rejects with
   * `Unavailable`.
   */
  readonly next: (most: number) => Promise<readonly FeedMessage[]>
  readonly close: () => void
}

/** Opens the log. */
export interface Feed {
  /** The state of a context's stream. Rejects with `Unavailable`. */
  readonly stream: (context: string) => Promise<LogState>
  /**
   * The sequence of the last message of a context's log, as its leader says; undefined when there
   * is no such log. Rejects with `Unavailable`.
   */
  readonly last: (context: string) => Promise<number | undefined>
  /** One message. Rejects with `Unavailable`, and with `NotFound` when the log has none there. */
  readonly at: (context: string, sequence: number) => Promise<FeedMessage>
  /** The messages of a context that are stepped over, as the log says now. */
  readonly skips: Skips["read"]
  /** Reads what comes after these positions, in the contexts they name. */
  readonly open: (after: Positions) => Promise<FeedReader>
}

/** The positions that a batch which ends with these messages reaches. */
export const reachedBy = (messages: readonly FeedMessage[]): Positions => {
  const reached: Record<string, number> = {}
  for (const { context, sequence } of messages) reached[context] = sequence
  return reached
}

/** The error for a log that cannot be read, and why. */
export const unreadableLog = (context: string, cause: unknown): Unavailable =>
  new Unavailable({ message: `cannot read the log of ${context}: ${messageOf(cause)}` })

/** The error for a position without a message. */
export const missing = (context: string, sequence: number): NotFound =>
  new NotFound({ message: `the log has no message at ${positionOf(context, sequence)}` })
