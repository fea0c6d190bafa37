/** The memory twin of membership: for the nodes of one process, in tests and in memory. */
import type { Membership, MembershipChange, NodeAnnouncement } from "./membership.ts"
import { MEMBERSHIP } from "../limits.ts"

/** Makes a place where the nodes of this process announce themselves. */
export const memoryMembership = (ttlMs: number = MEMBERSHIP.ttlMs): Membership => {
  const present = new Map<string, NodeAnnouncement>()
  const expiries = new Map<string, ReturnType<typeof setTimeout>>()
  const watchers = new Set<(change: MembershipChange) => void>()
  const tell = (change: MembershipChange) => watchers.forEach((changed) => changed(change))

  const expire = (node: string) => {
    present.delete(node)
    expiries.delete(node)
    tell({ type: "gone", node })
  }

  return {
    ttlMs,
    announce: (announcement) => {
      const { node } = announcement
      clearTimeout(expiries.get(node))
      expiries.set(node, setTimeout(() => expire(node), ttlMs))
      present.set(node, announcement)
      tell({ type: "announced", announcement })
      return Promise.resolve()
    },
    watch: (changed) => {
      watchers.add(changed)
      for (const announcement of present.values()) changed({ type: "announced", announcement })
      return Promise.resolve({ close: () => watchers.delete(changed) })
    },
  }
}
