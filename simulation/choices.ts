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
  readonly #simple: ReadonlySet<string>
  #place = 0
  #name = ""
  #drawn = 0

  /** `simple` names draws that take the simplest value, such as `3.0`. */
  constructor(simple: ReadonlySet<string> = new Set()) {
    this.#simple = simple
  }

  /** How many values were drawn at this place. */
  get drawn(): number {
    return this.#drawn
  }

  /** Goes to a place; `name` is what its draws are called in `simple`. */
  move(place: number, name: string): void {
    this.#place = place
    this.#name = name
    this.#drawn = 0
  }

  readonly of = <T>(values: readonly T[]): T => {
    if (values.length === 0) throw new TypeError("a choice needs at least one value")
    return values[Math.floor(this.#draw() * values.length)]!
  }

  readonly int = (from: number, to: number): number =>
    from + Math.floor(this.#draw() * (to - from + 1))

  readonly chance = (probability: number): boolean => this.#draw() > 1 - probability

  #draw(): number {
    const index = this.#drawn++
    if (this.#simple.size > 0 && this.#simple.has(`${this.#name}.${index}`)) return 0
    return unit(mix(this.#place, index))
  }
}
