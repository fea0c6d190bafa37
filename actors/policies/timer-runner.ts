/** Runs timers: a timer that fires becomes an ordinary command, which is retried until answered. */
import {
  decodeText,
  encodeText,
  limited,
  lineFields,
  reportError,
  reportWarning,
} from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"
import { PATIENCE, type Policy } from "../policy.ts"
import type { EventRunner } from "./event-runner.ts"
import { metadataOf } from "./following.ts"
import { askWhenGivenUp, type GaveUp, parkedBefore } from "./parking/giving-up.ts"
import type { KnownParked } from "./parking/known-parked.ts"
import type { ParkedWork } from "./parking/parking.ts"
import { decodeAsk, encodeAsk, inTrace, type PlainAsk, readableAsk, sendAsk } from "./plain-ask.ts"
import type { PolicyRunnerOptions } from "./policy-runner-options.ts"
import { reasonOf, type RetryLoop } from "./retry-loop.ts"
import { inPolicySpan } from "../telemetry/policy-spans.ts"
import { measuredAttempt } from "../telemetry/policy-metrics.ts"
import { replay } from "./replay.ts"
import { decodeRetry, isRetryKey, type ReplayRequest } from "./retry-request.ts"
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
const tell = limited((line, fields) => reportError(line, undefined, fields), {
  burst: POLICY.stuckNamed,
  everyMs: 60_000,
})

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

/** What an operator asks for. Nobody waits for a request that cannot be read: it is passed over. */
const readableRetry = ({ policy, key, payload }: FiredTimer) => {
  try {
    return decodeRetry(payload)
  } catch (error) {
    tell(`the request ${key} to ${policy} cannot be read: ${reasonOf(error)}`)
    return undefined
  }
}

class TimerRunner {
  readonly #options: TimerRunnerOptions

  constructor(options: TimerRunnerOptions) {
    this.#options = options
  }

  handle = async (fired: FiredTimer): Promise<boolean> => {
    const { policies, client, retryLoopOf, runnerOf, context, parked } = this.#options
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
    const place = { policy, kind: "timer", of: key, at: fired.sequence } as const
    if (own && fired.redelivered && (own.followUps.parked || parked.has(place))) {
      const before = await parkedBefore({ parked, retryLoop, policy: own }, place)
      if (before === "stopped") return false
      if (before) return await this.#gaveUp(fired, before, own)
    }
    let again = fired
    const attempt = async () => {
      const ask = askOf(again)
      again = { ...fired, redelivered: true }
      const template = `tmr.${context}.due`
      const following = runnerOf(policy)?.following
      const send = async (trace: string | undefined) => {
        const traced = inTrace(ask, trace)
        if (following) await following.ask(traced, fired.time)
        else await sendAsk(client, traced, this.#options)
      }
      const attributes = { "leftfold.timer": key, "leftfold.command": ask.type }
      const followed = { ...ask, isNew: fired.occurrence !== undefined }
      await measuredAttempt(
        policy,
        template,
        () => inPolicySpan(policy, template, followed, attributes, send),
      )
    }
    const fields = () => {
      const asked = readableAsk(fired.payload)
      return asked && lineFields(asked.commandId, asked.correlation)
    }
    const ended = await retryLoop.until(what, attempt, patience, fields)
    if (ended === "done") return true
    if (ended === "stopped") return false
    const { attempts, sinceMs } = ended
    const reason = reasonOf(ended.error)
    let kept: ParkedWork | undefined
    const parking = async () => {
      if (parked.count(policy) >= POLICY.parked) return await attempt()
      const work: ParkedWork = {
        ...whatOf(fired),
        ...place,
        ...{ behind: false, reason, attempts, sinceMs, parkedMs: Date.now(), done: [] },
      }
      await parked.park(work)
      kept = work
      const hint = `leftfold retry ${policy} ${key}`
      tell(`${what} is parked after ${attempts} attempts: ${reason}. ${hint}`, fields())
    }
    if (await retryLoop.until(what, parking) !== "done") return false
    return kept === undefined || own === undefined || await this.#gaveUp(fired, kept, own)
  }

  /** Asks what the policy asks when it gives up. Resolves to whether the timer is done. */
  async #gaveUp(fired: FiredTimer, work: ParkedWork, policy: Policy): Promise<boolean> {
    const { parked, retryLoopOf, runnerOf } = this.#options
    const following = runnerOf(fired.policy)?.following
    const ask = readableAsk(encodeText(work.ask ?? ""))
    // Of a timer that cannot be read, nobody knows whom it was to ask.
    if (!following || !ask) return true
    const { reason, attempts } = work
    const gaveUp = (): GaveUp => ({
      given: {
        kind: "timer",
        command: { kind: "command", type: ask.type, data: ask.data as object },
        ...{ contract: ask.name, id: ask.id, reason, attempts },
      },
      from: { idBase: `${ask.commandId}/parked`, metadata: metadataOf(ask) },
    })
    const parts = { policy, following, parked, retryLoop: retryLoopOf(fired.policy) }
    return await askWhenGivenUp(parts, work, gaveUp)
  }

  async #ofStranger(fired: FiredTimer): Promise<"ask" | "wait" | "done"> {
    try {
      return await this.#options.schedules.ofStranger(fired)
    } catch (error) {
      tell(`the timer ${fired.key} of ${fired.policy} waits: ${reasonOf(error)}`)
      return "wait"
    }
  }

  /** Replays a part of the log. It goes on after a restart, from its beginning. */
  async #replay({ policy, time }: FiredTimer, request: ReplayRequest): Promise<boolean> {
    const { policies, runnerOf, retryLoopOf, subscriptions } = this.#options
    const runner = runnerOf(policy)
    const own = policies.find(({ identity }) => identity === policy)
    if (runner && own) {
      const parts = { policy: own, sinceMs: time, runner, subscriptions }
      return await replay({ ...parts, retryLoop: retryLoopOf(policy) }, request)
    }
    reportWarning(`no policy ${policy} is here to be replayed`)
    return true
  }

  /** Carries out an operator's request. It is done once it was tried, whatever came of it. */
  async #retry(fired: FiredTimer): Promise<boolean> {
    const { runnerOf, retryLoopOf, parked, client } = this.#options
    const { policy } = fired
    const request = readableRetry(fired)
    if (request === undefined) return true
    if (request.kind === "replay") return await this.#replay(fired, request)
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
          const ask = decodeAsk(encodeText(work.ask ?? ""))
          const following = runnerOf(policy)?.following
          if (following) await following.ask(ask, work.sinceMs)
          else await sendAsk(client, ask, this.#options)
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
