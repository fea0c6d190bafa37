/** Membership: the nodes that have announced themselves; only a hint. A port. */
import type { Serving } from "../../wire/internal.ts"

/** The announcement of a node. */
export interface NodeAnnouncement {
  /** One token of a subject, different for every process that ever runs. */
  readonly node: string
  /** The bounded contexts whose actors it hosts. */
  readonly contexts: readonly string[]
  /** The version of the application. */
  readonly version: string
  /** Commands answered per second since it last announced itself. */
  readonly load: number
  /** Whether the node is leaving: it still answers what reaches it, but owns nothing. */
  readonly leaving: boolean
}

/** A change that watchers get: a node announced itself, for the first time or again, or is gone. */
export type MembershipChange =
  | { readonly type: "announced"; readonly announcement: NodeAnnouncement }
  | { readonly type: "gone"; readonly node: string }

/** Where nodes announce themselves. */
export interface Membership {
  /** How long an announcement is valid, in milliseconds. */
  readonly ttlMs: number
  /** Announces a node; it stays present while it is renewed. Rejects with `Unavailable`. */
  readonly announce: (announcement: NodeAnnouncement) => Promise<void>
  /**
   * Reports all nodes that are present and every later change, until the watch is closed. Resolves
   * once the watch has begun; rejects with `Unavailable`.
   */
  readonly watch: (changed: (change: MembershipChange) => void) => Promise<Serving>
}
