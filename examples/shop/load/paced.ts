/** Works through a list at a pace, with so many under way at the same time at most. */
import { setTimeout } from "node:timers/promises"

/** How fast a list is worked through. */
export interface Pace {
  /** How many may be under way at the same time. */
  readonly atOnce: number
  /** How many begin in a second; as fast as it goes unless told. */
  readonly rate?: number
}

/** Timers may be early, so the clock is looked at again. */
const reached = async (ms: number): Promise<void> => {
  for (let early = ms - performance.now(); early > 0; early = ms - performance.now()) {
    await setTimeout(Math.ceil(early))
  }
}

/**
 * Works through a list in its order. `work` is told when each was due, on `performance.now()`.
 * Rejects with the first failure, and begins nothing more then.
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
