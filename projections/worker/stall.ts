/** A view that stands still: messages wait for it and none is folded, though nothing fails. */
import type { Positions } from "../../contracts/internal.ts"
import { reportInfo, reportWarning } from "../../wire/internal.ts"
import { STALLED_MS } from "../limits.ts"

/** How it speaks, and by which clock; a test has its own. */
export interface StallOptions {
  /** The time, in milliseconds since whenever. */
  readonly now?: () => number
  readonly warn?: (line: string) => void
  readonly info?: (line: string) => void
}

const sumOf = (positions: Positions): number =>
  Object.values(positions).reduce((sum, position) => sum + position, 0)

/** Notes how far one view is, again and again. */
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

  /** Takes note of how far it is, and says it once when it stands still, and when it goes on. */
  note(positions: Positions, lag: number): void {
    const text = this.of(positions, lag)
    const { warn, info } = this.#options
    if (text !== undefined && !this.#said) {
      warn(`the projection ${this.#name} stands still: ${text}`)
    }
    if (text === undefined && this.#said) info(`the projection ${this.#name} goes on`)
    this.#said = text !== undefined
  }

  /** What is to be said of it; undefined while it moves or has nothing to do. */
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
