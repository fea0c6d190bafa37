/**
 * Chance: every choice of a run, made from one seed. A choice depends on the seed and on the place
 * where it is made, and not on the choices before it. So a run without one of its calls or faults
 * is the same run otherwise, which makes failures small.
 */
import { FAULT_NAMES, type FaultName, type Faults } from "./faults.ts"

/** Mixes two numbers into one of 32 bits. The last steps are those of MurmurHash3. */
export const mix = (one: number, other: number): number => {
  let hash = one ^ Math.imul(other + 0x7ed55d16, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A number from 0 up to, but not including, 1. */
export const unit = (hash: number): number => hash / 4_294_967_296

/** How much more or less often a fault strikes in a run than its rate says. */
const FACTORS = [0, 0.5, 1, 1, 3] as const

/** The highest rate of a fault, so that every message arrives in the end. */
const HIGHEST_RATE = 0.9

/** A fault that struck. Its id is the same in every run with the same seed. */
export interface Strike {
  readonly fault: FaultName
  readonly id: number
}

/** The choices of one run. */
export class Chance {
  readonly seed: number
  /** The faults that struck, in order. */
  readonly struck: Strike[] = []
  readonly #rates: Readonly<Record<FaultName, number>>
  readonly #salts: Readonly<Record<FaultName, number>>
  readonly #only: ReadonlySet<number> | undefined

  /** With `only`, no other faults strike than those with these ids. */
  constructor(seed: number, faults: Faults, only?: ReadonlySet<number>) {
    this.seed = mix(0x5eed, seed)
    this.#only = only
    const [rates, salts]: Record<string, number>[] = [{}, {}]
    for (const [index, name] of FAULT_NAMES.entries()) {
      const hash = mix(this.seed, -1 - index)
      const factor = FACTORS[hash % FACTORS.length] ?? 1
      rates![name] = Math.min(HIGHEST_RATE, faults[name] * factor)
      salts![name] = mix(hash, 1)
    }
    this.#rates = rates as Record<FaultName, number>
    this.#salts = salts as Record<FaultName, number>
  }

  /** Whether a fault strikes at a place; `times` as often where it matters more than elsewhere. */
  strikes(fault: FaultName, place: number, times = 1): boolean {
    const rate = Math.min(HIGHEST_RATE, this.#rates[fault] * times)
    if (rate === 0) return false
    const id = mix(this.#salts[fault], place)
    if (unit(id) >= rate) return false
    if (this.#only && !this.#only.has(id)) return false
    this.struck.push({ fault, id })
    return true
  }

  /** A number of 32 bits for a place. */
  at(place: number): number {
    return mix(this.seed, place)
  }
}
