/** Routes: which node a command is best sent to, as far as is known here. */
import type { Serving } from "../wire.ts"

/**
 * What a sender knows of the nodes. All of it may be out of date, and that is harmless: any node
 * serves any command of its contexts. The node that is named here has the actor in memory already.
 */
export interface Routes {
  /**
   * The node that owns an actor (rank 0), or the one after it in line (rank 1); nothing when none
   * is known, so that any will do. `name` is `<context>.<actor>`.
   */
  readonly nodeOf: (name: string, id: string, rank: number) => string | undefined
  /** Says that nobody answers at this node; it is left out until it announces itself again. */
  readonly lose: (node: string) => void
  /** Calls back with each node that was said to be lost. */
  readonly onLost: (listener: (node: string) => void) => Serving
}
