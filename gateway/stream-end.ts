/** The end of a stream of events: when the sign-in of its user ends. */
import { Unauthenticated } from "../contracts/internal.ts"
import type { Serving } from "../wire/internal.ts"
import { problemShown } from "./live-answer.ts"
import type { Watcher } from "./live-query.ts"

/** The longest time that a timer takes, in milliseconds: about 24 days. */
const LONGEST_TIMER_MS = 2_147_483_647

/** Ends a watcher at this time, in milliseconds since 1970, unless it is closed before. */
export const endAt = (time: number, watcher: Watcher): Serving => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = (): void => {
    const left = time - Date.now()
    if (left <= 0) {
      const message = "the sign-in has ended: sign in again, and open the stream again"
      return watcher.ended(problemShown(new Unauthenticated({ message })))
    }
    timer = setTimeout(wait, Math.min(left, LONGEST_TIMER_MS))
  }
  if (time < Infinity) wait()
  return { close: () => clearTimeout(timer) }
}
