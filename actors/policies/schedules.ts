/** Keeps recurring timers as the policies of today want them: changed, suspended, or going on. */
import { messageOf } from "../../contracts/internal.ts"
import {
  policySubscription,
  readMessage,
  recordedEvents,
  reportInfo,
  reportWarning,
} from "../../wire/internal.ts"
import type { Due } from "../due.ts"
import { POLICY } from "../limits.ts"
import type { Policy } from "../policy.ts"
import { policyCommandId, reactionsTo } from "./event-attempts.ts"
import type { PassedOver } from "./passed-over.ts"
import { decodeAsk, encodeAsk, type PlainAsk, readableAsk } from "./plain-ask.ts"
import type { PolicyRunnerOptions } from "./policy-runner-options.ts"
import { namedKey, timerOf } from "./timer-of.ts"
import { type FiredTimer, NEVER, type Timer } from "./timers/timers.ts"

/** What the schedules are kept with. */
export interface SchedulesOptions extends PolicyRunnerOptions {
  readonly passedOver: PassedOver
}

/** The place of the event in the id of a policy's command. */
const PLACE = /\/([a-z][a-z0-9-]*):(\d+)(?:-\d+)?\/[^/]+\/\d+$/

/** What a timer does, without what differs each time that it is set. */
const meaningOf = (due: Due, { name, id, type, data, atOnce }: PlainAsk): string =>
  JSON.stringify([due, name, id, type, data, atOnce])

const textOf = ({ policy, key }: Pick<Timer, "policy" | "key">): string =>
  `the recurring timer ${key} of ${policy}`

/** A policy that this process does not have, whose recurring timer fires. */
interface Stranger {
  /** Since when no process has been running it, in milliseconds. */
  readonly sinceMs: number
  /** When that was last looked at. */
  checkedMs: number
}

/** Keeps the recurring timers of the contexts that have policies here. */
export class Schedules {
  readonly #options: SchedulesOptions
  readonly #strangers = new Map<string, Stranger>()

  constructor(options: SchedulesOptions) {
    this.#options = options
  }

  /**
   * Asks the handlers that set the recurring timers of a context again, and changes the timers to
   * what they answer. A handler that calls other systems is not asked. Rejects with `Unavailable`.
   */
  async followCode(context: string): Promise<void> {
    const { policies, timers } = this.#options
    for (const timer of await timers.recurring(context)) {
      const policy = policies.find(({ identity }) => identity === timer.policy)
      const ask = readableAsk(timer.payload)
      // Whether anybody still runs another policy shows when its timer fires.
      if (!policy || !ask) continue
      if (ask.atOnce === true) await this.#compare(policy, timer, ask)
      else await this.#resume(timer, ask)
    }
  }

  /**
   * What to do about a recurring timer of a policy that this process does not have: `ask` while
   * another process runs it, else `wait`, and in the end nothing: it is suspended, and `done`.
   */
  async ofStranger({ policy, key }: FiredTimer): Promise<"ask" | "wait" | "done"> {
    const { policies, subscriptions, timers } = this.#options
    const known = this.#strangers.get(policy)
    const now = Date.now()
    if (!known || now - known.checkedMs > POLICY.strangerMs) {
      const contexts = new Set([
        ...policies.flatMap(({ from }) => from.map((each) => each.context)),
        ...[...this.#options.contracts ?? []].map((name) => name.slice(0, name.indexOf("."))),
      ])
      if (await subscriptions.isRead(policySubscription(policy), [...contexts])) {
        this.#strangers.delete(policy)
        return "ask"
      }
    }
    const stranger = known ?? { sinceMs: now, checkedMs: now }
    stranger.checkedMs = now
    if (known || this.#strangers.size < POLICY.strangers) this.#strangers.set(policy, stranger)
    if (now - stranger.sinceMs < POLICY.goneMs) return "wait"
    const timer = await timers.waiting(policy, key)
    const ask = timer && readableAsk(timer.payload)
    if (timer && ask) await this.#suspend(timer, ask, "no process runs this policy")
    return "done"
  }

  async #compare(policy: Policy, timer: Timer, ask: PlainAsk): Promise<void> {
    const { timers } = this.#options
    let wanted: Timer | undefined
    try {
      const found = await this.#wanted(policy, timer.key, ask)
      if (found === "unknown") return
      wanted = found
    } catch (error) {
      reportWarning(`whether ${textOf(timer)} has changed is not known: ${messageOf(error)}`)
      return
    }
    if (!wanted) return await this.#suspend(timer, ask, "the policy no longer sets it")
    if (meaningOf(timer.due, ask) === meaningOf(wanted.due, decodeAsk(wanted.payload))) return
    await timers.set(wanted)
    reportInfo(`${textOf(timer)} was set again, because the policy has changed`)
  }

  /** The timer that the handlers of today set; "unknown" if their event cannot be read. */
  async #wanted(
    policy: Policy,
    key: string,
    { commandId }: PlainAsk,
  ): Promise<Timer | undefined | "unknown"> {
    const { subscriptions, passedOver, followed = [] } = this.#options
    const [, context = "", sequence] = PLACE.exec(commandId) ?? []
    if (!policy.from.some((contract) => contract.context === context)) return undefined
    const message = await subscriptions.message(context, Number(sequence))
    const contracts = new Map(policy.from.map((contract) => [contract.name, contract]))
    const isSkipped = (of: string, at: number) => passedOver.isSkipped(of, at)
    const read = message && readMessage(message, contracts, isSkipped)
    if (!read || "cause" in read) return "unknown"
    if (read.kind !== "commit") return undefined
    let wanted: Timer | undefined
    for (const recorded of recordedEvents(read.contract, read.id, read.commit, policy.handles)) {
      const { reactions, atOnce } = await reactionsTo(policy, recorded)
      for (const [index, reaction] of reactions.entries()) {
        if (reaction.kind === "ask" || reaction.name === undefined) continue
        if (namedKey(reaction.name) !== key) continue
        const place = { recorded, index, askedSince: undefined, atOnce }
        wanted = reaction.kind === "cancel" ? undefined : timerOf(policy, reaction, {
          ...place,
          commandId: policyCommandId(policy, recorded, index, followed.includes(context)),
        })
      }
    }
    // One that fires once would do so now, long after its event.
    return wanted && "at" in wanted.due ? undefined : wanted
  }

  async #suspend(timer: Timer, ask: PlainAsk, why: string): Promise<void> {
    const { policy, key, due } = timer
    if (ask.suspended || "at" in due) return
    const suspended = encodeAsk({ ...ask, suspended: due })
    await this.#options.timers.set({ policy, key, due: NEVER, payload: suspended })
    reportWarning(
      `${textOf(timer)} is suspended: ${why}. It goes on when one does; to remove it: ` +
        `leftfold timers ${policy} --cancel ${key}`,
    )
  }

  async #resume(timer: Timer, { suspended, ...ask }: PlainAsk): Promise<void> {
    if (!suspended) return
    await this.#options.timers.set({ ...timer, due: suspended, payload: encodeAsk(ask) })
    reportInfo(`${textOf(timer)} goes on`)
  }
}
