/** The nodes that a process of a benchmark knows, and when it knows all of them. */
import { followRoster, type Membership, natsMembership, type Roster } from "leftfold/actors"
import type { NatsWire } from "leftfold/contracts"

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
