/** Membership: which nodes there are, as they announce themselves. A hint, and a port. */
import type { Serving } from "../../wire/internal.ts"

/** What a node says of itself. */
export interface NodeAnnouncement {
  /** One token of a subject, different for every process that ever runs. */
  readonly node: string
  /** The bounded contexts whose actors it hosts. */
  readonly contexts: readonly string[]
  /** The version of the application. */
  readonly version: string
  /** Commands answered per second since it last announced itself. */
  readonly load: number
  /** It still answers what reaches it, but owns nothing. */
  readonly leaving: boolean
}

/** What a watcher is told: a node has announced itself, first or again, or it is gone. */
export type MembershipChange =
  | { readonly type: "announced"; readonly announcement: NodeAnnouncement }
  | { readonly type: "gone"; readonly node: string }

/** Where nodes announce themselves. */
export interface Membership {
  /** For how long an announcement holds, in milliseconds. */
  readonly ttlMs: number
  /** Announces a node; renewed in time, it stays. Rejects with `Unavailable`. */
  readonly announce: (announcement: NodeAnnouncement) => Promise<void>
  /**
   * Tells of all nodes that are there and of every change from then on, until it is closed.
   * Resolves once that has begun, and rejects with `Unavailable`.
   */
  readonly watch: (changed: (change: MembershipChange) => void) => Promise<Serving>
}
