/** A history: what clients saw, and what exists afterwards. The checker uses nothing else. */
import type { Logged } from "../../app/development/chaos/log-nats.ts"
import type { FoldedProjection } from "../../projections/internal.ts"

export type { Logged }

/** The outcome of a command to an account. */
export type Outcome =
  | {
    readonly type: "accepted"
    readonly position: string
    readonly version: number
    readonly events: number
  }
  | { readonly type: "rejected"; readonly balance: number }
  /** Refused because the account was at another version than the caller expected. */
  | { readonly type: "mismatch"; readonly actual: number }
  /** Refused because its id was used for something else. */
  | { readonly type: "reused" }
  /** It may be stored already, or be stored later. */
  | { readonly type: "unknown"; readonly reason: string }
  /** An answer that nothing in the run should cause. */
  | { readonly type: "broken"; readonly reason: string }

/** One question of a client. Several can share a command id. Times are of one clock, in ms. */
export interface Asked {
  readonly id: string
  readonly commandId: string
  readonly command: "Deposit" | "Withdraw"
  readonly amount: number
  readonly expectedVersion?: number | undefined
  /** Whether an earlier attempt had an unknown outcome, and this one says so. */
  readonly retry?: boolean
  readonly sentMs: number
  readonly doneMs: number
  readonly outcome: Outcome
}

/** A view as its store has it. */
export interface Shown {
  readonly projection: FoldedProjection
  readonly rows: readonly { readonly [column: string]: unknown }[]
}

/** What one server holds of a stream. */
export interface Replica {
  readonly stream: string
  readonly server: string
  readonly messages: number
  readonly bytes: number
  readonly first: number
  readonly last: number
  /** How many sequences between the first and the last are missing. */
  readonly missing: number
}

/** The owner of each slice of a context, as one node sees it. */
export interface Ownership {
  readonly context: string
  readonly owners: readonly (string | undefined)[]
}

/** Everything that is known of a run. */
export interface History {
  readonly asked: readonly Asked[]
  /** The commits of each stream in order. */
  readonly log: readonly Logged[]
  readonly views: readonly Shown[]
  readonly replicas: readonly Replica[]
  readonly ownership: readonly Ownership[]
}
