/** The places of queries that wait for their views. Their number is bounded. */
import { Overloaded } from "../../contracts/internal.ts"
import {
  WAITING_AT_ONCE,
  WAITING_BEYOND_END,
  WAITING_FOR_CHANGE,
  WAITING_FOR_VIEW,
} from "../limits.ts"

/** Gives a place back. Further calls do nothing. */
export type Leave = () => void

const overloaded = (what: string): Overloaded =>
  new Overloaded({ message: `${what}: ask again later, or without waiting`, retryAfterMs: 1_000 })

/** The places of one process. */
export class Waiting {
  readonly #ofView = new Map<string, number>()
  #all = 0
  #beyond = 0
  #live = 0

  /** Takes a place for a view. Throws `Overloaded` if no place is free. */
  enter(view: string): Leave {
    const ofView = this.#ofView.get(view) ?? 0
    if (this.#all >= WAITING_AT_ONCE) {
      throw overloaded(`${WAITING_AT_ONCE} queries wait here for their views`)
    }
    if (ofView >= WAITING_FOR_VIEW) {
      throw overloaded(`${WAITING_FOR_VIEW} queries wait here for ${view}`)
    }
    this.#all++
    this.#ofView.set(view, ofView + 1)
    return once(() => {
      this.#all--
      this.#ofView.set(view, this.#ofView.get(view)! - 1)
    })
  }

  /** Takes a place for a caller that waits for the next change. Throws `Overloaded` likewise. */
  enterLive(): Leave {
    if (this.#live >= WAITING_FOR_CHANGE) {
      throw overloaded(`${WAITING_FOR_CHANGE} queries wait here for the next change`)
    }
    this.#live++
    return once(() => this.#live--)
  }

  /** Takes a place for a position beyond the end of its log. Throws `Overloaded` likewise. */
  enterBeyond(): Leave {
    if (this.#beyond >= WAITING_BEYOND_END) {
      throw overloaded(`${WAITING_BEYOND_END} queries wait here for what no log has yet`)
    }
    this.#beyond++
    return once(() => this.#beyond--)
  }
}

const once = (leave: () => void): Leave => {
  let left = false
  return () => {
    if (!left) leave()
    left = true
  }
}
