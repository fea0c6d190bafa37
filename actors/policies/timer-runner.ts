/** Runs timers: a timer that fires becomes an ordinary command, which is retried until answered. */
import { decodeText, encodeText, limited, reportError, reportWarning } from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"
import { PATIENCE } from "../policy.ts"
import type { EventRunner } from "./event-runner.ts"
import type { KnownParked } from "./known-parked.ts"
import type { ParkedWork } from "./parking.ts"
import { decodeAsk, encodeAsk, inTrace, type PlainAsk, sendAsk } from "./plain-ask.ts"
import type { PolicyRunnerOptions } from "./policy-runner-options.ts"
import { reasonOf, type RetryLoop } from "./retry-loop.ts"
import { inPolicySpan } from "../telemetry/policy-spans.ts"
import { measuredAttempt } from "../telemetry/policy-metrics.ts"
import { decodeRetry, isRetryKey } from "./retry-request.ts"
import type { Schedules } from "./schedules.ts"
import type { Subscription } from "./subscription.ts"
import type { FiredTimer } from "./timers/timers.ts"

/** The options for running the timers of a context. */
export interface TimerRunnerOptions extends PolicyRunnerOptions {
  readonly context: string
  readonly parked: KnownParked
  readonly schedules: Schedules
  /** The runner of a policy; undefined for one that the application has no longer. */
  readonly runnerOf: (policy: string) => EventRunner | undefined
  readonly retryLoopOf: (policy: string) => RetryLoop
}

/** Limited, because a policy with a bug parks every timer. */
const tell = limited(reportError, { burst: POLICY.stuckNamed, everyMs: 60_000 })

/** The ask of a fired timer. Each time of a recurring timer has a command id of its own. */
const askOf = ({ payload, occurrence, time, redelivered }: FiredTimer): PlainAsk => {
  const decoded = decodeAsk(payload)
  const ask = redelivered ? { askedSince: time, ...decoded } : decoded
  return occurrence === undefined ? ask : { ...ask, commandId: `${ask.commandId}/${occurrence}` }
}

/** What the ask of a timer is for; its text, if it cannot be read. */
const whatOf = (fired: FiredTimer): Pick<ParkedWork, "what" | "ask"> => {
  try {
    const ask = askOf({ ...fired, redelivered: true })
    return { what: `${ask.type} of ${ask.name} ${ask.id}`, ask: decodeText(encodeAsk(ask)) }
  } catch {
    // The attempts have failed for the same reason, which is parked with it.
    return { what: "(cannot be read)", ask: decodeText(fired.payload) }
  }
}

class TimerRunner {
  readonly #options: TimerRunnerOptions

  constructor(options: TimerRunnerOptions) {
    this.#options = options
  }

  handle = async (fired: FiredTimer): Promise<boolean> => {
    const { policies, client, retryLoopOf, context } = this.#options
    const { policy, key } = fired
    if (isRetryKey(key)) return await this.#retry(fired)
    const own = policies.find(({ identity }) => identity === policy)
    if (!own && fired.occurrence !== undefined) {
      const todo = await this.#ofStranger(fired)
      if (todo !== "ask") return todo === "done"
    }
    const patience = own?.patience ?? PATIENCE
    const what = `the timer ${key} of ${policy}`
    const retryLoop = retryLoopOf(policy)
    let again = fired
    const attempt = async () => {
      const ask = askOf(again)
      again = { ...fired, redelivered: true }
      const template = `tmr.${context}.due`
      const send = (trace: string | undefined) =>
        sendAsk(client, inTrace(ask, trace), this.#options)
      const attributes = { "leftfold.timer": key, "leftfold.command": ask.type }
      const followed = { ...ask, isNew: fired.occurrence !== undefined }
      await measuredAttempt(
        policy,
        template,
        () => inPolicySpan(policy, template, followed, attributes, send),
      )
    }
    const ended = await retryLoop.until(what, attempt, patience)
    if (ended === "done") return true
    if (ended === "stopped") return false
    const { attempts, sinceMs } = ended
    const reason = reasonOf(ended.error)
    const parking = async () => {
      if (this.#options.parked.count(policy) >= POLICY.parked) return await attempt()
      await this.#options.parked.park({
        ...whatOf(fired),
        ...{ policy, kind: "timer", of: key, at: fired.sequence },
        ...{ behind: false, reason, attempts, sinceMs, parkedMs: Date.now(), done: [] },
      })
      const hint = `leftfold retry ${policy} ${key}`
      tell(`${what} is parked after ${attempts} attempts: ${reason}. ${hint}`)
    }
    return await retryLoop.until(what, parking) === "done"
  }

  async #ofStranger(fired: FiredTimer): Promise<"ask" | "wait" | "done"> {
    try {
      return await this.#options.schedules.ofStranger(fired)
    } catch (error) {
      tell(`the timer ${fired.key} of ${fired.policy} waits: ${reasonOf(error)}`)
      return "wait"
    }
  }

  /** Carries out an operator's request. It is done once it was tried, whatever came of it. */
  async #retry({ policy, payload }: FiredTimer): Promise<boolean> {
    const { runnerOf, retryLoopOf, parked, client } = this.#options
    const request = decodeRetry(payload)
    if (request.kind === "event") {
      const runner = runnerOf(policy)
      if (runner) await runner.retry(request)
      else reportWarning(`no policy ${policy} is here to retry ${request.of}`)
      return true
    }
    let { discardedBy } = request
    const what = `the parked timer ${request.of} of ${policy}`
    const ended = await retryLoopOf(policy).until(what, async () => {
      for await (const work of parked.works({ policy, kind: "timer", of: request.of })) {
        if (discardedBy !== undefined) {
          await parked.unpark(work, discardedBy)
          reportWarning(`${policy}: ${discardedBy} has discarded the timer ${request.of}`)
          discardedBy = undefined
          continue
        }
        try {
          await sendAsk(client, decodeAsk(encodeText(work.ask ?? "")), this.#options)
        } catch (error) {
          const attempts = work.attempts + 1
          await parked.park({ ...work, attempts, reason: reasonOf(error) })
          continue
        }
        await parked.unpark(work)
      }
    })
    return ended !== "stopped"
  }
}

/** Starts to run the timers of a context's policies. Rejects with `Unavailable`. */
export const runTimers = (options: TimerRunnerOptions): Promise<Subscription> =>
  options.timers.serve(options.context, new TimerRunner(options).handle)
