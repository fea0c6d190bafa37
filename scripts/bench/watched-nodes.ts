/** The nodes that a process of a benchmark knows, and when it knows all of them. */
import { followNodes, type KnownNodes } from "../../actors/nodes/known-nodes.ts"
import type { Membership } from "../../actors/nodes/membership.ts"
import { natsMembership } from "../../actors/nodes/membership-nats.ts"
import type { NatsWire } from "../../wire/nats/wire-nats.ts"

/** What is known of the nodes. */
export interface WatchedNodes {
  readonly membership: Membership
  readonly knownNodes: KnownNodes
  /** Resolves when this many nodes are known. */
  readonly untilThere: (count: number) => Promise<void>
  readonly close: () => void
}

/** Follows which nodes are alive. */
export const knownNodesOf = async (wire: NatsWire): Promise<WatchedNodes> => {
  const membership = natsMembership(wire)
  const { knownNodes, close } = await followNodes(membership)
  const untilThere = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const watching = knownNodes.onChange(() => look())
      const look = () => {
        if (knownNodes.nodes.length < count) return
        watching.close()
        resolve()
      }
      look()
    })
  return { membership, knownNodes, untilThere, close }
}
