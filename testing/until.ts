/** Waits in tests until something holds, with a limit and without spinning. */
import { setTimeout } from "node:timers/promises"

/** How long `until` waits by default, in milliseconds. */
const WITHIN_MS = 20_000

/** The longest pause between two looks, in milliseconds. */
const LONGEST_PAUSE_MS = 20

/** How `until` waits. */
export interface UntilOptions {
  /** The limit, in milliseconds; 20,000 by default. */
  readonly within?: number
}

/**
 * Resolves to the result of `claim` as soon as that is neither false nor undefined. It pauses
 * between attempts, so timers and input continue. Rejects with the text of the claim if it does not
 * hold within the limit. An error that the claim throws is passed on at once.
 *
 * ```ts
 * const heard: string[] = []
 * await until(() => heard.length >= 3)
 * await until(async () => (await fetch("http://127.0.0.1:8080/livez")).ok, { within: 5_000 })
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
