/** Access: who may do what, as nodes and query servers ask before they answer anybody. */
import type { User } from "./user.ts"
import type { Incoming } from "../wire.ts"

/** The rows of a view that a user may see: all of them, or those with these values. */
export type RowsSeen = "all" | { readonly [column: string]: unknown }

/** A command, or a question for an actor. */
export interface ActorRequest {
  /** `<context>.<actor>`. */
  readonly name: string
  readonly id: string
  /** The name of a command, or `state` or `history`. */
  readonly type: string
  /** The decoded fields of a command; empty for a question. */
  readonly data: object
}

/**
 * Decides who may do what. Each check throws `Unauthenticated` or `Forbidden` for a refusal, and
 * `NotFound` for what only the application itself may do: nobody else is told that it exists.
 */
export interface Access {
  /** Whether callers are told of a command, `state`, `history`, or of a view or query (`rule`). */
  readonly isTold: (name: string, what: string) => boolean
  /** Throws `NotFound` for a command that this user is not told of, before it is read. */
  readonly checkCommand: (name: string, type: string, user: User | undefined) => void
  /** The sender of a message; undefined for nobody known. Throws `Forbidden` for a forged one. */
  readonly userOf: (message: Incoming) => User | undefined
  readonly checkActor: (request: ActorRequest, user: User | undefined) => void
  /** Throws `NotFound` for a view or a query that this user is not told of, before it is read. */
  readonly checkTold: (name: string, user: User | undefined) => void
  /**
   * The rows of the view `name` that the user may see, in the answer to `asked`: by default the
   * view itself. A refusal names what was asked.
   */
  readonly rowsOf: (name: string, user: User | undefined, asked?: string) => RowsSeen
  readonly checkQuery: (name: string, params: object, user: User | undefined) => void
}
