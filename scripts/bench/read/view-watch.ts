/** Watches the announcements of a view's workers: how far all of its rows are. */
import type { NatsWire } from "../../../wire/nats/wire-nats.ts"

interface Announced {
  readonly lane: number
  readonly lanes: number
  readonly positions: { readonly bench?: number }
}

/** Knows how far the view is, and calls back when it has moved. */
export class ViewWatch {
  readonly #lanes = new Map<number, number>()
  readonly #waiting: { readonly sequence: number; readonly seen: () => void }[] = []
  #reached = 0

  constructor(wire: NatsWire) {
    wire.serve("view.bench.balances", ({ payload }) => {
      const { lane, lanes, positions } = JSON.parse(new TextDecoder().decode(payload)) as Announced
      this.#lanes.set(lane, positions.bench ?? 0)
      if (this.#lanes.size < lanes) return
      this.#reached = Math.min(...this.#lanes.values())
      while ((this.#waiting[0]?.sequence ?? Infinity) <= this.#reached) {
        this.#waiting.shift()?.seen()
      }
    })
  }

  /** Calls back when all rows are this far; call it in the order of the log. */
  whenReached(sequence: number, seen: () => void): void {
    if (sequence <= this.#reached) seen()
    else this.#waiting.push({ sequence, seen })
  }

  /** How many callbacks still wait. */
  get waiting(): number {
    return this.#waiting.length
  }
}
