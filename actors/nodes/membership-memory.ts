/** The memory twin of membership: for the nodes of one process, in tests and in memory. */
import type { Membership, MembershipChange, NodeAnnouncement } from "./membership.ts"
import { MEMBERSHIP } from "../limits.ts"

/** A node that is present, and until when, in milliseconds of `performance.now()`. */
interface Present {
  readonly announcement: NodeAnnouncement
  readonly until: number
}

/** Makes a place where the nodes of this process announce themselves. */
export const memoryMembership = (ttlMs: number = MEMBERSHIP.ttlMs): Membership => {
  const present = new Map<string, Present>()
  const expiries = new Map<string, ReturnType<typeof setTimeout>>()
  const watchers = new Set<(change: MembershipChange) => void>()
  const tell = (change: MembershipChange) => watchers.forEach((changed) => changed(change))

  const expire = (node: string) => {
    present.delete(node)
    expiries.delete(node)
    tell({ type: "gone", node })
  }

  /** Lets a node expire in time. Only while somebody watches: a timer keeps a program running. */
  const keep = (node: string, until: number) => {
    clearTimeout(expiries.get(node))
    if (watchers.size === 0) return
    expiries.set(node, setTimeout(() => expire(node), Math.max(0, until - performance.now())))
  }

  const leave = (changed: (change: MembershipChange) => void) => {
    watchers.delete(changed)
    if (watchers.size > 0) return
    for (const timer of expiries.values()) clearTimeout(timer)
    expiries.clear()
  }

  return {
    ttlMs,
    announce: (announcement) => {
      const { node } = announcement
      const until = performance.now() + ttlMs
      present.set(node, { announcement, until })
      keep(node, until)
      tell({ type: "announced", announcement })
      return Promise.resolve()
    },
    watch: (changed) => {
      watchers.add(changed)
      for (const [node, { announcement, until }] of present) {
        if (until <= performance.now()) present.delete(node)
        else {
          changed({ type: "announced", announcement })
          keep(node, until)
        }
      }
      return Promise.resolve({ close: () => leave(changed) })
    },
  }
}
