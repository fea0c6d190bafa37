/** An unreadable message: a message of a log that is not a commit of any actor. */
import type { Skip } from "../../wire/internal.ts"

/** A message that nobody can fold. Nothing waits behind it, and it is kept on record. */
export interface UnreadableMessage {
  readonly context: string
  readonly sequence: number
  readonly subject: string
  /** Why it cannot be read. */
  readonly reason: string
}

/** An unreadable message as it is stored. */
export interface NotedMessage extends UnreadableMessage {
  readonly notedAt: Date
  /** Present once an operator has stepped over it. */
  readonly skipped?: { readonly by: string; readonly reason: string; readonly at: Date }
}

/** Keeps the messages that cannot be read. Part of a store. */
export interface Unreadables {
  /** Records unreadable messages; one that is recorded already stays as it is. */
  readonly noteUnreadable: (messages: readonly UnreadableMessage[]) => Promise<void>
  /** Marks recorded messages as stepped over. */
  readonly noteSkipped: (skips: Iterable<Skip>) => Promise<void>
  /** The recorded messages of these contexts, in the order of the log, at most `most`. */
  readonly unreadable: (
    contexts: readonly string[],
    most: number,
  ) => Promise<readonly NotedMessage[]>
  /** How many recorded messages of each context are not stepped over. */
  readonly unreadableCounts: () => Promise<ReadonlyMap<string, number>>
}
