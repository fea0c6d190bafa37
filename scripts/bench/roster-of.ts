/** The nodes that a process of a benchmark knows, and when it knows all of them. */
import { followRoster, type Roster } from "../../actors/nodes/roster.ts"
import type { Membership } from "../../actors/nodes/membership.ts"
import { natsMembership } from "../../actors/nodes/membership-nats.ts"
import type { NatsWire } from "../../wire/nats/wire-nats.ts"

/** What is known of the nodes. */
export interface KnownNodes {
  readonly membership: Membership
  readonly roster: Roster
  /** Resolves when there are so many. */
  readonly untilThere: (count: number) => Promise<void>
  readonly close: () => void
}

/** Follows who is there. */
export const rosterOf = async (wire: NatsWire): Promise<KnownNodes> => {
  const membership = natsMembership(wire)
  const { roster, close } = await followRoster(membership)
  const untilThere = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const watching = roster.onChange(() => look())
      const look = () => {
        if (roster.nodes.length < count) return
        watching.close()
        resolve()
      }
      look()
    })
  return { membership, roster, untilThere, close }
}
