/** The journal: where the commits of actors are kept. A port. */
import { decodeCommit, type Serving, type Skip, type StoredCommit } from "../../wire/internal.ts"
import { contextOf, isFailure, positionOf } from "../../contracts/internal.ts"

/**
 * The outcome of an append. After `unknown` the commit may be stored, or may still appear: read
 * again and look for your own command ids.
 */
export type Appended =
  | { readonly type: "stored"; readonly sequence: number }
  | { readonly type: "conflict" }
  | { readonly type: "unknown"; readonly reason: string }
  | {
    readonly type: "refused"
    readonly reason: string
    /** When to ask again, in milliseconds, if the cause is known to last. */
    readonly retryAfterMs?: number
  }

/** Counts what is read. */
export interface Meter {
  /** The bytes of all commits that were read. */
  bytes: number
}

/**
 * Keeps commits, one log per actor. `name` is `<context>.<actor>`. Optimistic concurrency is the
 * only guard: an append says which sequence it follows. Reads reject with `Unavailable`.
 */
export interface Journal {
  /** Appends after `expected`, the sequence of the actor's last commit, or 0 for its first. */
  readonly append: (
    name: string,
    id: string,
    expected: number,
    commit: Uint8Array,
    timeoutMs: number,
    done: (appended: Appended) => void,
  ) => void
  /**
   * An actor's last commit; undefined for an actor without commits. Unless `fresh`, it can be an
   * earlier commit: good enough to decide what is then appended, but not to answer a rejection.
   */
  readonly tail: (
    name: string,
    id: string,
    options: { readonly fresh: boolean; readonly meter?: Meter },
  ) => Promise<StoredCommit | undefined>
  /**
   * An actor's first commit at or after a sequence; undefined if the log that was read has no such
   * commit. It serves to find a place in a long history, and can miss the latest commits.
   */
  readonly from: (
    name: string,
    id: string,
    sequence: number,
    meter?: Meter,
  ) => Promise<StoredCommit | undefined>
  /**
   * The commits of one actor with these sequences, in the same order. When one is missing, rejects
   * with `BrokenHistory`, or with `Unavailable` if the log as it was read ends before it.
   */
  readonly commits: (
    name: string,
    sequences: readonly number[],
    meter?: Meter,
  ) => Promise<readonly StoredCommit[]>
  /**
   * Whether a fresh read that was just answered proves what it says, for this kind of actor. A
   * leader that was cut off or suspended may not know that there is another. A stored append is
   * always proof.
   */
  readonly readsProve: (name: string) => boolean
  /** Why logs take no commits now, one sentence for each such log. */
  readonly troubles: () => readonly string[]
  /** What will soon keep logs from taking commits. Never rejects. */
  readonly warnings: () => Promise<readonly string[]>
  /**
   * Watches the logs of these contexts until it is closed. While one lacks what was seen of it, its
   * appends and reads fail, with the way out in the message.
   */
  readonly watch: (contexts: readonly string[]) => Serving
  /** The largest commit that can be appended, in bytes. */
  readonly maxCommitBytes: () => number
  /**
   * Reads which messages are stepped over in the log of this kind of actor. Resolves to whether
   * there are more than before, so that another read of a broken log may succeed.
   */
  readonly learnSkips: (name: string) => Promise<boolean>
  /** The messages of an actor's log that are known to be stepped over, in the order of the log. */
  readonly skipped: (name: string, id: string) => readonly Skip[]
}

/** A journal that knows nothing of messages that are stepped over. */
export type PlainJournal = Omit<Journal, "learnSkips" | "skipped">

/** What is known of a log that cannot be read. */
export interface BrokenOptions {
  readonly cause?: unknown
  readonly sequence?: number
  readonly explained?: boolean
}

/**
 * The log of an actor has a hole, or a message that nobody can read. The actor is stopped rather
 * than shown with another past.
 */
export class BrokenHistory extends Error {
  override readonly name = "BrokenHistory"
  /** The sequence of the message that cannot be read or does not follow, if it is known. */
  readonly sequence: number | undefined

  /** Whether this error's text already says where the message is and what to do. */
  readonly explained: boolean

  constructor(message: string, { cause, sequence, explained = false }: BrokenOptions = {}) {
    super(message, { cause })
    this.sequence = sequence
    this.explained = explained
  }
}

/** Reads a commit of a log. Throws `BrokenHistory` for bytes that are not a commit. */
export const readCommit = (bytes: Uint8Array, sequence: number): StoredCommit => {
  try {
    return decodeCommit(bytes, sequence)
  } catch (error) {
    throw isFailure(error) ? new BrokenHistory(error.message, { cause: error, sequence }) : error
  }
}

/** What the callers of an actor are told when its log cannot be read: where, and what to do. */
export const brokenText = (name: string, id: string, error: BrokenHistory): string => {
  const { message, sequence, explained } = error
  if (explained || sequence === undefined) return message
  const place = positionOf(contextOf(name), sequence)
  return `${name} ${id}: its log cannot be read at ${place}: ${message}. Nothing can be decided ` +
    `for it until that message is stepped over: leftfold skip ${place} --reason "…"`
}
