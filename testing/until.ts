/** Waits in tests: until something holds, with a limit, and never busily. */
import { setTimeout } from "node:timers/promises"

/** How long `until` waits when it is not told, in milliseconds. */
const WITHIN_MS = 20_000

/** The longest pause between two looks, in milliseconds. */
const LONGEST_PAUSE_MS = 20

/** How `until` waits. */
export interface UntilOptions {
  /** The limit, in milliseconds; 20,000 when it is not given. */
  readonly within?: number
}

/**
 * Resolves to what `claim` gives as soon as that is neither false nor undefined. It looks again
 * after a pause, so timers and input go on meanwhile. Rejects with the text of the claim when it
 * does not hold within the limit; what the claim throws is thrown on at once.
 *
 * ```ts
 * await until(() => heard.length >= 3)
 * await until(async () => await parked() === 0, { within: 5_000 })
 * ```
 */
export const until = async <T>(
  claim: () => T | PromiseLike<T>,
  { within = WITHIN_MS }: UntilOptions = {},
): Promise<Exclude<T, false | undefined>> => {
  const end = performance.now() + within
  for (let pause = 0;; pause = Math.min(LONGEST_PAUSE_MS, pause + 1)) {
    const value = await claim()
    if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${claim}`)
    await setTimeout(pause)
  }
}
