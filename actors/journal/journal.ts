/** The journal: where the commits of actors are kept. A port. */
import { decodeCommit, type StoredCommit } from "../../wire/internal.ts"
import { isFailure } from "../../contracts/internal.ts"

/**
 * What became of an append. After `unknown` the commit may be there, or may yet appear: read
 * again and look for your own command ids.
 */
export type Appended =
  | { readonly type: "stored"; readonly sequence: number }
  | { readonly type: "conflict" }
  | { readonly type: "unknown" | "refused"; readonly reason: string }

/** Adds up what is read. */
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
   * An actor's last commit; nothing when it has none. Unless `fresh`, it may be an earlier one:
   * good enough to decide what is then appended, not to answer a rejection.
   */
  readonly tail: (
    name: string,
    id: string,
    options: { readonly fresh: boolean; readonly meter?: Meter },
  ) => Promise<StoredCommit | undefined>
  /**
   * An actor's first commit at or after a sequence; nothing when the log that was read has none.
   * Finds a place in a long history: it may miss commits that were only just made.
   */
  readonly from: (
    name: string,
    id: string,
    sequence: number,
    meter?: Meter,
  ) => Promise<StoredCommit | undefined>
  /**
   * The commits of one actor with these sequences, in the same order. Rejects with
   * `BrokenHistory` when one is missing, unless the log as it was read ends before it.
   */
  readonly commits: (
    name: string,
    sequences: readonly number[],
    meter?: Meter,
  ) => Promise<readonly StoredCommit[]>
  /**
   * Whether a fresh read that has just been answered proves what it says, for this kind of actor. A
   * leader that was cut off, or stood still, may not know that there is another. An append proves.
   */
  readonly readsProve: (name: string) => boolean
  /** The largest commit that can be appended, in bytes. */
  readonly maxCommitBytes: () => number
}

/** The log of an actor has a hole: the actor is stopped rather than shown with a shorter past. */
export class BrokenHistory extends Error {
  override readonly name = "BrokenHistory"
}

/** Reads a commit of a log. Throws `BrokenHistory` when the bytes are none. */
export const readCommit = (bytes: Uint8Array, sequence: number): StoredCommit => {
  try {
    return decodeCommit(bytes, sequence)
  } catch (error) {
    throw isFailure(error) ? new BrokenHistory(error.message, { cause: error }) : error
  }
}
