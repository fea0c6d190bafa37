/** Works through a list at a pace, with a bounded number in progress. */
import { setTimeout } from "node:timers/promises"

/** How fast a list is worked through. */
export interface Pace {
  /** The most that are in progress at the same time. */
  readonly atOnce: number
  /** How many begin per second; without it, as fast as possible. */
  readonly rate?: number
}

/** Timers can fire early, so the clock is checked again. */
const reached = async (ms: number): Promise<void> => {
  for (let early = ms - performance.now(); early > 0; early = ms - performance.now()) {
    await setTimeout(Math.ceil(early))
  }
}

/**
 * Works through a list in order. `work` gets the time at which each item was due, on
 * `performance.now()`. Rejects with the first failure and then begins nothing more.
 */
export const paced = async <Each>(
  list: readonly Each[],
  { atOnce, rate = Infinity }: Pace,
  work: (each: Each, dueMs: number) => Promise<void>,
): Promise<void> => {
  const began = performance.now()
  let next = 0
  const goOn = async (): Promise<void> => {
    while (next < list.length) {
      const number = next++
      const due = began + number * 1_000 / rate
      await reached(due)
      try {
        await work(list[number]!, due)
      } catch (error) {
        next = list.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, goOn))
}
