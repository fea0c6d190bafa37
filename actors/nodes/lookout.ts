/**
 * The lookout of a node: finds other nodes that hang. Such a node announced itself and did not
 * leave. Now it neither answers nor announces itself, although its connection is open.
 */
import {
  limited,
  NO_BYTES,
  NO_HEADERS,
  nodeSubject,
  reportInfo,
  reportWarning,
  type Wire,
} from "../../wire/internal.ts"
import { LOOKOUT } from "../limits.ts"
import type { KnownNodes } from "./known-nodes.ts"

/** Checks on the nodes that have vanished, until it is closed. */
export class Lookout {
  readonly #wire: Wire
  readonly #knownNodes: KnownNodes
  readonly #timer: ReturnType<typeof setInterval>
  readonly #hung = new Set<string>()
  readonly #warn = limited(reportWarning, LOOKOUT.warnings)

  constructor(wire: Wire, knownNodes: KnownNodes) {
    this.#wire = wire
    this.#knownNodes = knownNodes
    this.#timer = setInterval(() => this.look(), LOOKOUT.everyMs)
  }

  /** Trouble with other nodes, one sentence for each node that hangs. */
  get troubles(): readonly string[] {
    return [...this.#hung].map((node) =>
      `the node ${node} hangs: it neither answers nor announces itself, and has not ended`
    )
  }

  /** Asks the vanished nodes whether they are there. */
  look(): void {
    const vanished = new Set(this.#knownNodes.vanished)
    for (const node of this.#hung) {
      if (!vanished.has(node)) this.#ended(node, "announces itself again")
    }
    if (!this.#wire.connected()) return
    for (const node of vanished) this.#ask(node)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #ask(node: string): void {
    this.#wire.request(nodeSubject(node), NO_BYTES, NO_HEADERS, LOOKOUT.patienceMs, ({ type }) => {
      if (type === "no-responders") {
        this.#knownNodes.gone(node)
        this.#ended(node, "has ended")
      } else if (type === "timeout" && this.#knownNodes.vanished.includes(node)) this.#hangs(node)
    })
  }

  #hangs(node: string): void {
    if (this.#hung.has(node)) return
    this.#hung.add(node)
    this.#warn(`the node ${node} hangs: it neither answers nor announces itself`)
  }

  #ended(node: string, how: string): void {
    if (this.#hung.delete(node)) reportInfo(`the node ${node}, which hung, ${how}`)
  }
}
