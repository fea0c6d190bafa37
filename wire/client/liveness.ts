/** The liveness check: finds out whether a node that has not answered for a while still runs. */
import { nodeSubject } from "../address.ts"
import type { Routes } from "./routes.ts"
import { NO_HEADERS, type Reply, type Serving, type Wire } from "../wire.ts"
import { NO_BYTES } from "../bytes.ts"
import { LIVENESS } from "../limits.ts"

/** Lets this process answer liveness checks. */
export const serveLiveness = (wire: Wire, node: string): Serving =>
  wire.serve(nodeSubject(node), (message) => message.respond(NO_BYTES))

/** Asks a node whether it is there. A node that hangs times out. */
export const askWhetherThere = (wire: Wire, node: string, done: (reply: Reply) => void): void =>
  wire.request(nodeSubject(node), NO_BYTES, NO_HEADERS, LIVENESS.timeoutMs, done)

/**
 * Checks the liveness of nodes, for one sender. A slow node is left alone, because others would
 * only repeat its work; a node that has gone is lost at once.
 */
export class Liveness {
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
    askWhetherThere(this.#wire, node, done)
  }
}
