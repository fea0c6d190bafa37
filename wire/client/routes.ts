/** Routes: the node that a command is best sent to, as far as this process knows. */
import type { Serving } from "../wire.ts"

/**
 * A sender's knowledge of the nodes. It may be out of date, which is harmless: any node serves any
 * command of its contexts, but the node that is named here has the actor in memory.
 */
export interface Routes {
  /**
   * The node that owns an actor (rank 0), or the next one in line (rank 1); undefined when it is
   * not known, and the command goes to any node. `name` is `<context>.<actor>`.
   */
  readonly nodeOf: (name: string, id: string, rank: number) => string | undefined
  /** Reports a lost node, which is left out until it announces itself again. */
  readonly lose: (node: string) => void
  /** Calls back with each node that was said to be lost. */
  readonly onLost: (listener: (node: string) => void) => Serving
}
