/** Random numbers from a seed: the same seed gives the same numbers. */

/** Draws random numbers. */
export interface Random {
  /** From 0 up to but not including 1. */
  readonly next: () => number
  /** A whole number from `least` to `most`. */
  readonly between: (least: number, most: number) => number
  /** One of these. */
  readonly pick: <T>(things: readonly T[]) => T
  /** True with this probability. */
  readonly happens: (likelihood: number) => boolean
}

/** Random numbers from a seed, by the generator mulberry32, which is in the public domain. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    pick: (things) => things[between(0, things.length - 1)]!,
    happens: (likelihood) => next() < likelihood,
  }
}
