/** An unreadable message: one of a log that is no commit of any actor, whoever has written it. */
import type { Skip } from "../../wire/internal.ts"

/** A message that nobody can fold. Nothing waits behind it, and it is not forgotten either. */
export interface UnreadableMessage {
  readonly context: string
  readonly sequence: number
  readonly subject: string
  /** Why it cannot be read. */
  readonly reason: string
}

/** An unreadable message as it is kept. */
export interface NotedMessage extends UnreadableMessage {
  readonly notedAt: Date
  /** There once an operator has stepped over it. */
  readonly skipped?: { readonly by: string; readonly reason: string; readonly at: Date }
}

/** Knows which messages cannot be read. Part of a store. */
export interface Unreadables {
  /** Notes that messages cannot be read; one that is noted already stays as it is. */
  readonly noteUnreadable: (messages: readonly UnreadableMessage[]) => Promise<void>
  /** Notes that messages are stepped over, of those that are noted. */
  readonly noteSkipped: (skips: Iterable<Skip>) => Promise<void>
  /** The noted messages of these contexts, in the order of the log; so many at most. */
  readonly unreadable: (
    contexts: readonly string[],
    most: number,
  ) => Promise<readonly NotedMessage[]>
  /** How many noted messages of each context are not stepped over. */
  readonly unreadableCounts: () => Promise<ReadonlyMap<string, number>>
}
