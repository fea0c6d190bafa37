/** The journal: where the commits of actors are kept. A port. */
import type { StoredCommit } from "../contracts/mod.ts"

/** All commits of one actor. */
export interface History {
  /** Oldest first, without a gap. */
  readonly commits: readonly StoredCommit[]
  /** The sequence of the last commit; 0 when there is none. */
  readonly sequence: number
}

/**
 * What became of an append. After `unknown` the commit may be there, or may yet appear: read
 * again and look for your own command ids.
 */
export type Appended =
  | { readonly type: "stored"; readonly sequence: number }
  | { readonly type: "conflict" }
  | { readonly type: "unknown" | "refused"; readonly reason: string }

/**
 * Keeps commits, one log per actor. `name` is `<context>.<actor>`. Optimistic concurrency is the
 * only guard: an append says which sequence it follows.
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
   * Reads all commits of an actor. Unless `fresh`, the last ones may be missing: good enough to
   * decide what is then appended, not to answer a rejection. Rejects with `Unavailable`, or with
   * `BrokenHistory` when a commit is missing in between.
   */
  readonly load: (name: string, id: string, options: { fresh: boolean }) => Promise<History>
  /** The sequence of an actor's last commit, from the one server that knows; 0 if none. */
  readonly last: (name: string, id: string) => Promise<number>
  /** The largest commit that can be appended, in bytes. */
  readonly maxCommitBytes: () => number
}

/** The log of an actor has a hole: the actor is stopped rather than shown with a shorter past. */
export class BrokenHistory extends Error {
  override readonly name = "BrokenHistory"
}

/** Throws `BrokenHistory` unless each commit starts where the one before it ended. */
export const checkHistory = (name: string, id: string, commits: readonly StoredCommit[]): void => {
  let version = 0
  for (const { base, events, sequence } of commits) {
    if (base !== version) {
      throw new BrokenHistory(
        `${name} ${id}: the commit at ${sequence} follows version ${base}, but the commits ` +
          `before it end at ${version}: a message of the log is missing; restore the stream`,
      )
    }
    version += events.length
  }
}
