/** The pulse: finds out whether anybody is still at a node that has not answered for a while. */
import { nodeSubject } from "../address.ts"
import { PULSE } from "../../contracts/internal.ts"
import type { Routes } from "./routes.ts"
import { NO_HEADERS, type Reply, type Serving, type Wire } from "../wire.ts"

const NOTHING = new Uint8Array()

/** Lets this process answer that it is there. */
export const servePulse = (wire: Wire, node: string): Serving =>
  wire.serve(nodeSubject(node), (message) => message.respond(NOTHING))

/**
 * Feels the pulse of nodes, for one sender. Whoever is slow is left alone, since others would only
 * do the same work once more; a node where there is nobody any more is lost at once.
 */
export class Pulse {
  readonly #wire: Wire
  readonly #routes: Routes
  readonly #felt = new Set<string>()

  constructor(wire: Wire, routes: Routes) {
    this.#wire = wire
    this.#routes = routes
  }

  /** Asks a node whether it is there, unless it is being asked. */
  feel(node: string): void {
    if (this.#felt.has(node)) return
    this.#felt.add(node)
    const done = ({ type }: Reply) => {
      this.#felt.delete(node)
      if (type === "no-responders") this.#routes.lose(node)
    }
    this.#wire.request(nodeSubject(node), NOTHING, NO_HEADERS, PULSE.timeoutMs, done)
  }
}
