/** The worst second: the one in which callers waited longest. */
import { groupBy } from "./group-by.ts"

/** One wait. Times are of one clock, in milliseconds. */
export interface Wait {
  readonly sentMs: number
  readonly doneMs: number
}

/** The p99 of these waits, in milliseconds; 0 without waits. */
export const p99Of = (waits: readonly Wait[]): number => {
  const took = waits.map(({ sentMs, doneMs }) => doneMs - sentMs).sort((one, two) => one - two)
  return Math.round(took[Math.ceil(took.length * 0.99) - 1] ?? 0)
}

/** The p99 in the second in which it is largest. */
export const worstSecondOf = (waits: readonly Wait[]): number =>
  [...groupBy(waits, ({ sentMs }) => `${Math.floor(sentMs / 1_000)}`).values()]
    .map(p99Of).reduce((most, each) => Math.max(most, each), 0)
