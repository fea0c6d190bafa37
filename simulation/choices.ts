/** Choices: values that calls and answers draw. A failure is shown with the simplest of them. */
import { mix, unit } from "./chance.ts"

/**
 * Draws values for calls and answers. The first value of a list, the lowest number and `false` are
 * the simplest: a failure that also happens with these is shown with them.
 *
 * ```ts
 * const quantityOf = (pick: Choices): number => pick.chance(0.1) ? 1_000 : pick.int(1, 4)
 * ```
 */
export interface Choices {
  /** One of these values. Throws `TypeError` for an empty list. */
  readonly of: <const T>(values: readonly T[]) => T
  /** A whole number from `from` to `to`, both included. */
  readonly int: (from: number, to: number) => number
  /** Whether something that happens this often, from 0 to 1, happens. */
  readonly chance: (probability: number) => boolean
}

/** Draws for one place after another. */
export class Drawing implements Choices {
  /** The names of all draws, such as `3.0` for the first draw of call 3. */
  readonly drawn: string[] = []
  readonly #kept: ReadonlySet<string> | undefined
  #place = 0
  #name = ""
  #index = 0

  /** With `kept`, all draws but these take the simplest value. */
  constructor(kept?: ReadonlySet<string>) {
    this.#kept = kept
  }

  /** Goes to a place; its draws are named after `name`. */
  move(place: number, name: string): void {
    this.#place = place
    this.#name = name
    this.#index = 0
  }

  readonly of = <T>(values: readonly T[]): T => {
    if (values.length === 0) throw new TypeError("a choice needs at least one value")
    return values[Math.floor(this.#draw() * values.length)]!
  }

  readonly int = (from: number, to: number): number =>
    from + Math.floor(this.#draw() * (to - from + 1))

  readonly chance = (probability: number): boolean => this.#draw() > 1 - probability

  #draw(): number {
    const index = this.#index++
    const name = `${this.#name}.${index}`
    this.drawn.push(name)
    return this.#kept && !this.#kept.has(name) ? 0 : unit(mix(this.#place, index))
  }
}
