/** Runs timers: a timer that fires becomes an ordinary command, which is retried until answered. */
import type { Client } from "../../wire/internal.ts"
import type { RetryLoop } from "./retry-loop.ts"
import { decodeAsk, type PlainAsk, sendAsk } from "./plain-ask.ts"
import type { Subscription } from "./subscription.ts"
import type { FiredTimer, Timers } from "./timers.ts"

/** The options for running the timers of a context. */
export interface TimerRunnerOptions {
  readonly context: string
  readonly timers: Timers
  readonly client: Client
  readonly retryLoop: RetryLoop
}

/** The ask of a fired timer. Each time of a recurring timer has a command id of its own. */
const askOf = ({ payload, occurrence }: FiredTimer): PlainAsk => {
  const ask = decodeAsk(payload)
  return occurrence === undefined ? ask : { ...ask, commandId: `${ask.commandId}/${occurrence}` }
}

/** Starts to run the timers of a context's policies. Rejects with `Unavailable`. */
export const runTimers = (options: TimerRunnerOptions): Promise<Subscription> => {
  const { context, timers, client, retryLoop } = options
  return timers.serve(context, (fired) => {
    const what = `the timer ${fired.key} of ${fired.policy}`
    return retryLoop.until(what, async () => await sendAsk(client, askOf(fired)))
  })
}
