/** Runs one policy: handles the messages of a log, and parks what it gives up. */
import { type AnyContract, messageOf, positionOf, Unavailable } from "../../contracts/internal.ts"
import {
  type ContractsByName,
  decodeSkips,
  isSkipsSubject,
  limited,
  lineFields,
  type LogMessage,
  readMessage,
  reportError,
  reportWarning,
} from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"
import type { Policy } from "../policy.ts"
import {
  EventAttempts,
  NOT_TRIED,
  partText,
  type React,
  type Replayed,
  type TriedBefore,
} from "./event-attempts.ts"
import { Following } from "./following.ts"
import {
  type Found,
  gaveUpAt,
  handledIn,
  isLeft,
  type Kept,
  NOTHING_DONE,
  parkedOf,
  WORK,
} from "./found-commit.ts"
import { askWhenGivenUp, isSettled, parkedBefore } from "./parking/giving-up.ts"
import { NewerEvents, newerIn } from "./newer-events.ts"
import type { KnownParked } from "./parking/known-parked.ts"
import { type ParkedWork, placeText } from "./parking/parking.ts"
import type { PassedOver } from "./passed-over.ts"
import { inTrace, plainAsk } from "./plain-ask.ts"
import type { PolicyRunnerOptions } from "./policy-runner-options.ts"
import { reasonOf, type RetryLoop } from "./retry-loop.ts"
import type { RetryRequest } from "./retry-request.ts"
import { SerialQueues } from "./serial-queues.ts"
import type { Handled } from "./subscription.ts"
import { namedKey, timerOf } from "./timer-of.ts"
import { measuredAttempt } from "../telemetry/policy-metrics.ts"

/** What the runner of one policy works with. */
export interface EventRunnerParts extends PolicyRunnerOptions {
  readonly policy: Policy
  readonly retryLoop: RetryLoop
  readonly passedOver: PassedOver
  readonly parked: KnownParked
}

/** Limited, because anybody who can write to a log could otherwise flood ours. */
const warn = limited(reportWarning, { burst: POLICY.stuckNamed, everyMs: 60_000 })

/** Limited, because a policy with a bug parks every event. */
const tell = limited((line, fields) => reportError(line, undefined, fields), {
  burst: POLICY.stuckNamed,
  everyMs: 60_000,
})

/** Runs one policy on the messages of all logs that it reads. */
export class EventRunner {
  readonly #parts: EventRunnerParts
  readonly #contracts: ContractsByName
  readonly #isSkipped: PassedOver["isSkipped"]
  /** The messages of one actor, and requests to take up its parked events, one after another. */
  readonly #queues = new SerialQueues()
  /** What this process has given back because its code is too old. */
  readonly newer = new NewerEvents()
  /** Sends what is asked, and carries out what follows from rejections. */
  readonly following: Following

  constructor(parts: EventRunnerParts) {
    this.#parts = parts
    this.following = new Following(parts.policy, parts)
    this.#isSkipped = (context, sequence) => parts.passedOver.isSkipped(context, sequence)
    this.#contracts = new Map(parts.policy.from.map((contract) => [contract.name, contract]))
  }

  /** Handles one message; resolves to whether it is done, tried again or parked until then. */
  handle = (message: LogMessage): Promise<Handled> => this.handleIn(message)

  /** The same in a replay, if there is one. */
  async handleIn(message: LogMessage, replayed?: Replayed): Promise<Handled> {
    const handled = await this.#handle(message, replayed)
    if (handled === true) this.newer.done(message.subject, message.sequence)
    return handled
  }

  async #handle(message: LogMessage, replayed?: Replayed): Promise<Handled> {
    const read = readMessage(message, this.#contracts, this.#isSkipped)
    if ("cause" in read) return this.#passOver(read.context, message, read.cause)
    if (read.kind !== "commit") {
      if (isSkipsSubject(message.subject)) this.#parts.passedOver.skip(decodeSkips(message))
      return true
    }
    // What was imported has happened elsewhere, and so has what followed from it.
    if (read.commit.events[0]?.imported) return true
    const { subject, redelivered = false } = message
    const isFollowed = this.#isFollowed(read.contract)
    const found: Found = { ...read, subject, redelivered, isFollowed, replayed }
    const newer = newerIn(read.contract, read.commit, isFollowed)
    if (newer === undefined && handledIn(read, this.#parts.policy).length === 0) return true
    if (isLeft(found, newer, this.#parts.policy)) return "elsewhere"
    let done: Handled = false
    await this.#queues.add(subject, async () => {
      done = await (newer === undefined ? this.#commit(found) : this.#giveBack(found, newer))
    })
    return done
  }

  /** Takes up the parked events of an actor, in order, or discards the first of them. */
  retry({ of, discardedBy }: RetryRequest): Promise<void> {
    return this.#queues.add(of, async () => {
      const { policy, retryLoop, parked } = this.#parts
      const what = `${policy.name} takes up what is parked of ${of}`
      let discarding = discardedBy
      await retryLoop.until(what, async () => {
        for await (const work of parked.works({ ...WORK, policy: policy.identity, of })) {
          if (discarding !== undefined) {
            await parked.unpark(work, discarding)
            reportWarning(`${policy.name}: ${discarding} has discarded ${placeText(work)}`)
            discarding = undefined
          } else if (!(await this.#again(work)) && policy.laterEvents === "wait") return
        }
      })
    })
  }

  /** Counts an unreadable message. No command follows from it, and other messages go on. */
  #passOver(context: string, message: LogMessage, error: unknown): true {
    const reason = messageOf(error)
    const place = positionOf(context, message.sequence)
    if (this.#parts.passedOver.note(context, message.sequence, reason)) {
      warn(
        `${place} (${message.subject}) cannot be read, and policies pass over it: ${reason}. ` +
          `leftfold skip ${place} --reason "…" steps over it for good`,
      )
    }
    return true
  }

  /**
   * Leaves a commit to a process whose code knows it: what this code has no name for, the policy of
   * that release may handle. If none comes for longer than an outage may last, it is parked.
   */
  async #giveBack(found: Found, reason: string): Promise<Handled> {
    const { policy, retryLoop, parked } = this.#parts
    const { contract, commit: { sequence }, subject } = found
    const where = `${policy.name} at ${positionOf(contract.context, sequence)}`
    const sinceMs = this.newer.note(subject, sequence, where, reason)
    const isOld = Date.now() - sinceMs >= policy.patience.outageMs
    const group = { ...WORK, policy: policy.identity, of: subject }
    const behind = policy.laterEvents === "wait" && parked.has(group)
    if (!isOld && !behind) return "elsewhere"
    if (found.redelivered && (isOld || parked.has(group))) {
      // What a newer process has just tried and parked keeps what is known of it.
      const before = await parkedBefore(this.#parts, { ...group, at: sequence })
      if (before === "stopped") return false
      if (before) {
        return isOld || isSettled(before, policy) ? await this.#gaveUp(found, before) : "elsewhere"
      }
    }
    let kept: ParkedWork | undefined
    const parking = async () => {
      // Another process may have taken up what it is behind.
      if (this.#isFull() || (!isOld && !(await parked.isThere(group)))) return
      kept = await this.#park(found, { ...NOTHING_DONE, reason, behind, sinceMs })
    }
    if (await retryLoop.until(where, parking) === "stopped") return false
    if (kept === undefined) return "elsewhere"
    this.newer.parked(subject)
    return await this.#gaveUp(found, kept)
  }

  async #commit(found: Found): Promise<Handled> {
    const { policy, retryLoop, parked } = this.#parts
    const { contract, commit, subject } = found
    const waits = policy.laterEvents === "wait"
    if (waits && this.newer.isBehind(subject, commit.sequence)) return "elsewhere"
    const where = `${policy.name} at ${positionOf(contract.context, commit.sequence)}`
    const attempts = this.#attemptsAt(found, { done: [], perhapsMore: found.redelivered })
    const group = { ...WORK, policy: policy.identity, of: subject }
    const isSame = found.redelivered && found.replayed?.again === undefined
    // What another process has just parked may not be known here, and it must not be tried again.
    if (isSame && (policy.followUps.parked || parked.has(group))) {
      const before = await parkedBefore(this.#parts, { ...group, at: commit.sequence })
      if (before === "stopped") return false
      if (before) return await this.#gaveUp(found, before)
    }
    if (waits && parked.has(group)) {
      const reason = "waits behind an earlier event of the actor"
      const work = { ...NOTHING_DONE, reason, behind: true, sinceMs: Date.now() }
      let isBehind = false
      const parking = async () => {
        isBehind = await parked.isThere(group)
        if (isBehind) await this.#park(found, work)
      }
      const isDone = await retryLoop.until(where, parking) === "done"
      if (isBehind || !isDone) return isDone
    }
    const fields = () => lineFields(commit.events[0]?.command, commit.events[0]?.correlation)
    const ended = await retryLoop.until(where, attempts, policy.patience, fields)
    if (ended === "done") return true
    if (ended === "stopped") return false
    const { error, sinceMs } = ended
    const work = { reason: reasonOf(error), behind: false, attempts: ended.attempts, sinceMs }
    let kept: ParkedWork | undefined
    const parking = async () => {
      const { done, failed } = attempts
      // Without room, it is tried on: it may succeed.
      if (this.#isFull()) return await attempts()
      kept = await this.#park(found, { ...work, done: [...done], ...(failed && { failed }) })
      const hint = `leftfold retry ${policy.name} ${contract.name}/${found.id}`
      tell(`${where} is parked after ${ended.attempts} attempts: ${work.reason}. ${hint}`, fields())
    }
    if (await retryLoop.until(where, parking) !== "done") return false
    return kept === undefined || await this.#gaveUp(found, kept)
  }

  /** Asks what the policy asks when it gives up. Resolves to whether the message is done. */
  #gaveUp(found: Found, work: ParkedWork): Promise<boolean> {
    const parts = { ...this.#parts, following: this.following }
    return askWhenGivenUp(parts, work, () => gaveUpAt(found, parts.policy, work))
  }

  /** Attempts at a commit. Each goes on where the one before has failed. */
  #attemptsAt(found: Found, before: TriedBefore = NOT_TRIED) {
    const { policy } = this.#parts
    let attempts: EventAttempts | undefined
    const attempt = async (): Promise<void> => {
      const { contract, commit } = found
      // Since the last attempt, an operator may have stepped over it.
      if (this.#isSkipped(contract.context, commit.sequence)) return
      const newer = newerIn(contract, commit, found.isFollowed)
      if (newer !== undefined) throw new Unavailable({ message: newer })
      attempts ??= new EventAttempts(policy, this.#react, found, before)
      await measuredAttempt(policy.name, `evt.${contract.name}.{slice}.{id}`, attempts.once)
    }
    const failed = () => attempts?.failed && partText(attempts.failed)
    return Object.defineProperties(attempt, {
      done: { get: () => attempts?.done ?? before.done },
      failed: { get: failed },
    }) as typeof attempt & { readonly done: Iterable<string>; readonly failed?: string }
  }

  #isFollowed({ context }: AnyContract): boolean {
    return this.#parts.followed?.includes(context) === true
  }

  #isFull({ parked, policy } = this.#parts): boolean {
    return parked.count(policy.identity) >= POLICY.parked
  }

  async #park(found: Found, work: Kept): Promise<ParkedWork> {
    const { policy, parked } = this.#parts
    if (this.#isFull()) {
      throw new Error(
        `${POLICY.parked.toLocaleString("en")} events and timers of it are parked, and no more ` +
          `can be: leftfold parked ${policy.name}`,
      )
    }
    const kept = parkedOf(found, policy, work)
    await parked.park(kept)
    return kept
  }

  /** Tries a parked event once; resolves to whether it is no longer parked. */
  async #again(work: ParkedWork): Promise<boolean> {
    const { parked, subscriptions } = this.#parts
    const context = work.of.split(".")[1] ?? ""
    const message = await subscriptions.message(context, work.at)
    const read = message && readMessage(message, this.#contracts, this.#isSkipped)
    let done: Iterable<string> = work.done
    try {
      if (read === undefined) throw new Error("the log has no such message any longer")
      if ("cause" in read) throw read.cause
      if (read.kind === "commit") {
        const replayed = { sinceMs: 0, again: work.again }
        const isFollowed = this.#isFollowed(read.contract)
        const found = { ...read, subject: work.of, redelivered: true, isFollowed, replayed }
        const attempt = this.#attemptsAt(found, { done: work.done, perhapsMore: true })
        await attempt().finally(() => done = attempt.done)
      }
    } catch (error) {
      const tried = { behind: false, attempts: work.attempts + 1, reason: reasonOf(error) }
      await parked.park({ ...work, ...tried, done: [...done] })
      return false
    }
    await parked.unpark(work)
    return true
  }

  readonly #react: React = async (reaction, place) => {
    const { timers, policy } = this.#parts
    const { recorded: { meta }, commandId, askedSince } = place
    if (reaction.kind === "cancel") {
      return await timers.cancel(policy.identity, namedKey(reaction.name))
    }
    if (reaction.kind === "ask") {
      const ask = inTrace(plainAsk(reaction, meta, commandId, askedSince), place.trace)
      return await this.following.ask(ask, meta.time.getTime(), place.replayed?.sinceMs)
    }
    await timers.set(timerOf(policy, reaction, place))
  }
}
