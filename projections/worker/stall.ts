/** A stall: messages wait for a view and none is folded, although nothing fails. */
import type { Positions } from "../../contracts/internal.ts"
import { reportInfo, reportWarning } from "../../wire/internal.ts"
import { STALLED_MS } from "../limits.ts"

/** How it reports, and by which clock; tests pass their own. */
export interface StallOptions {
  /** The time, in milliseconds since any fixed moment. */
  readonly now?: () => number
  readonly warn?: (line: string) => void
  readonly info?: (line: string) => void
}

const sumOf = (positions: Positions): number =>
  Object.values(positions).reduce((sum, position) => sum + position, 0)

/** Watches how far one view is. */
export class Stall {
  readonly #name: string
  readonly #options: Required<StallOptions>
  #done = -1
  #movedMs: number
  #said = false

  constructor(name: string, options: StallOptions = {}) {
    this.#name = name
    this.#options = {
      now: () => performance.now(),
      warn: reportWarning,
      info: reportInfo,
      ...options,
    }
    this.#movedMs = this.#options.now()
  }

  /**
   * Takes the current positions and lag. Reports once when the view stalls and once when it moves
   * again.
   */
  note(positions: Positions, lag: number): void {
    const text = this.of(positions, lag)
    const { warn, info } = this.#options
    if (text !== undefined && !this.#said) {
      warn(`the projection ${this.#name} stands still: ${text}`)
    }
    if (text === undefined && this.#said) info(`the projection ${this.#name} goes on`)
    this.#said = text !== undefined
  }

  /** The report; undefined while the view moves or has nothing to do. */
  of(positions: Positions, lag: number): string | undefined {
    const nowMs = this.#options.now()
    const done = sumOf(positions)
    if (lag === 0 || done !== this.#done) {
      this.#done = done
      this.#movedMs = nowMs
    }
    const forMs = nowMs - this.#movedMs
    if (forMs < STALLED_MS) return undefined
    return `${lag} messages wait, and nothing was folded for ${Math.round(forMs / 1_000)} s`
  }
}
