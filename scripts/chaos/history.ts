/** A history: what clients saw, and what is there afterwards. All that the checker goes by. */
import type { StoredCommit } from "../../wire/internal.ts"
import type { FoldedProjection } from "../../projections/internal.ts"

/** What a command to an account was answered. */
export type Outcome =
  | {
    readonly type: "accepted"
    readonly position: string
    readonly version: number
    readonly events: number
  }
  | { readonly type: "rejected"; readonly balance: number }
  /** It was refused because the account was at another version than the caller expected. */
  | { readonly type: "mismatch"; readonly actual: number }
  /** It was refused because its id had been used for something else. */
  | { readonly type: "reused" }
  /** It may have been stored, or may yet be. */
  | { readonly type: "unknown"; readonly reason: string }
  /** An answer that nothing here should cause. */
  | { readonly type: "broken"; readonly reason: string }

/** One question of a client. Several may have one command id. Times are of one clock, in ms. */
export interface Asked {
  readonly id: string
  readonly commandId: string
  readonly command: "Deposit" | "Withdraw"
  readonly amount: number
  readonly expectedVersion?: number | undefined
  /** Whether it was asked before with an unknown outcome, and said so. */
  readonly retry?: boolean
  readonly sentMs: number
  readonly doneMs: number
  readonly outcome: Outcome
}

/** A commit as the leader of its stream has it. */
export interface Logged {
  readonly context: string
  /** `<context>.<actor>`. */
  readonly name: string
  readonly id: string
  /** After which sequence of the actor it was to be stored; nothing when it did not say. */
  readonly expected: number | undefined
  readonly commit: StoredCommit
}

/** A view as its store has it. */
export interface Shown {
  readonly projection: FoldedProjection
  readonly rows: readonly { readonly [column: string]: unknown }[]
}

/** What one server has of a stream. */
export interface Replica {
  readonly stream: string
  readonly server: string
  readonly messages: number
  readonly bytes: number
  readonly first: number
  readonly last: number
  /** Sequences between the first and the last that are missing. */
  readonly missing: number
}

/** Who owns each slice of a context, as far as that node answers. */
export interface Ownership {
  readonly context: string
  readonly owners: readonly (string | undefined)[]
}

/** Everything that is known of a run. */
export interface History {
  readonly asked: readonly Asked[]
  /** In the order of each stream. */
  readonly log: readonly Logged[]
  readonly views: readonly Shown[]
  readonly replicas: readonly Replica[]
  readonly ownership: readonly Ownership[]
}
