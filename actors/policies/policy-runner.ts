/** Runs policies: reads the log, and sends the commands that follow until each is answered. */
import { policySubscription } from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"
import type { Policy } from "../policy.ts"
import { AwaitedLogs } from "./awaited-logs.ts"
import { EventRunner } from "./event-runner.ts"
import { KnownParked } from "./parking/known-parked.ts"
import { parkedKey, placeText } from "./parking/parking.ts"
import { PassedOver, type UnreadableCount } from "./passed-over.ts"
import type { PolicyRunnerOptions } from "./policy-runner-options.ts"
import { RetryLoop } from "./retry-loop.ts"
import { Schedules } from "./schedules.ts"
import type { Subscription } from "./subscription.ts"
import { runTimers } from "./timer-runner.ts"

/** The events and timers that are parked. */
export interface ParkedCount {
  readonly count: number
  /** The first of them, by policy and place. */
  readonly named: readonly string[]
}

/** How one policy is doing. */
export interface PolicyState {
  /** The name under which its position is kept. */
  readonly policy: string
  readonly stuck: number
  /** Since when the first of these is stuck, in milliseconds since 1970. */
  readonly stuckSinceMs: number | undefined
  readonly slow: number
  readonly parked: number
}

/** Policies at work. */
export interface RunningPolicies {
  /** What is tried again now, by policy: the event or the timer, and why. */
  readonly stuck: () => readonly string[]
  /** Since when the first of these is stuck. */
  readonly stuckSince: () => string | undefined
  /** Attempts that have been running for longer than usual. */
  readonly slow: () => readonly string[]
  /** What was given up and waits for an operator. */
  readonly parked: () => ParkedCount
  /** How each policy is doing, and the policies whose timers or parked work are still there. */
  readonly byPolicy: () => readonly PolicyState[]
  /** How many timers wait in each context. Rejects with `Unavailable`. */
  readonly timers: () => Promise<Readonly<Record<string, number>>>
  /** The followed logs that cannot be read yet, by policy, and why. */
  readonly waiting: () => readonly string[]
  /** The messages that were passed over since the start, because nobody can read them. */
  readonly unreadable: () => UnreadableCount
  /**
   * How many messages are not done: those of the log by policy and context, those of due timers by
   * context. Rejects with `Unavailable`.
   */
  readonly lag: () => Promise<Readonly<Record<string, number>>>
  readonly stop: () => Promise<void>
}

const newerOf = ({ newer }: EventRunner) => newer

/** Reads the log for each policy, and the due timers of each context that has a policy. */
class Running {
  readonly #options: PolicyRunnerOptions
  /** One for each policy, so that none uses up the places of another. */
  readonly #retryLoops = new Map<string, RetryLoop>()
  readonly #runners = new Map<string, EventRunner>()
  readonly #parked = new Map<string, KnownParked>()
  readonly #passedOver = new PassedOver()
  readonly #reading = new Map<string, Subscription>()
  readonly #awaited = new AwaitedLogs()
  #stopped = false

  constructor(options: PolicyRunnerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { policies, parking } = this.#options
    for (const context of new Set(policies.map(({ context }) => context))) {
      const parked = new KnownParked(parking, context)
      await parked.load()
      this.#parked.set(context, parked)
    }
    const schedules = new Schedules({ ...this.#options, passedOver: this.#passedOver })
    for (const context of this.#parked.keys()) await schedules.followCode(context)
    for (const policy of policies) await this.#follow(policy)
    for (const [context, parked] of this.#parked) {
      const reading = await runTimers({
        ...this.#options,
        context,
        ...{ parked, schedules },
        runnerOf: (policy) => this.#runners.get(policy),
        retryLoopOf: (policy) => this.#retryLoopOf(policy),
      })
      this.#reading.set(`${context} timers`, reading)
    }
    await this.#forgetNotes()
  }

  /**
   * Forgets what was noted of rejections long ago, where nothing is left to do: neither an event,
   * nor a timer, nor parked work can need it, however long no process ran.
   */
  async #forgetNotes(): Promise<void> {
    const following = this.#options.policies.filter(({ followUps }) => followUps.any)
    if (following.length === 0) return
    const lags = await this.lag()
    if (Object.values(lags).some((lag) => lag > 0)) return
    for (const { identity, context } of following) {
      if (this.#parked.get(context)!.count(identity) > 0) continue
      await this.#options.parking.forgetBefore(identity, Date.now() - POLICY.notedMs)
    }
  }

  stuck = () => [
    ...[...this.#retryLoops.values()].flatMap(({ stuck }) => stuck),
    ...[...this.#runners.values()].flatMap(({ newer }) => newer.stuck),
  ]

  stuckSince = () => {
    const loops = [...this.#retryLoops.values(), ...[...this.#runners.values()].map(newerOf)]
    const since = loops.flatMap(({ sinceMs }) => sinceMs ?? [])
    return since.length === 0 ? undefined : new Date(Math.min(...since)).toISOString()
  }

  slow = () => [...this.#retryLoops.values()].flatMap(({ slow }) => slow)

  parked = () => {
    const places = [...this.#parked.values()].flatMap(({ all }) => all)
    const named = places.slice(0, POLICY.stuckNamed).map((place) =>
      place.kind === "timer"
        ? `${placeText(place)} of ${place.policy}`
        : `${place.policy} at ${placeText(place)} (${parkedKey(place)})`
    )
    return { count: places.length, named }
  }

  byPolicy = () => {
    const places = [...this.#parked.values()].flatMap(({ all }) => all)
    const names = new Set([...this.#retryLoops.keys(), ...places.map(({ policy }) => policy)])
    return [...names].map((policy): PolicyState => {
      const retryLoop = this.#retryLoops.get(policy)
      const newer = this.#runners.get(policy)?.newer
      return {
        policy,
        stuck: (retryLoop?.stuck.length ?? 0) + (newer?.stuck.length ?? 0),
        stuckSinceMs: retryLoop?.sinceMs ?? newer?.sinceMs,
        slow: retryLoop?.slow.length ?? 0,
        parked: places.filter((place) => place.policy === policy).length,
      }
    })
  }

  timers = async () => {
    const counts = [...this.#parked.keys()].map(async (context) =>
      [context, await this.#options.timers.count(context)] as const
    )
    return Object.fromEntries(await Promise.all(counts))
  }

  waiting = () => this.#awaited.waiting

  unreadable = () => this.#passedOver.unreadable

  lag = async (): Promise<Readonly<Record<string, number>>> => {
    const readable = [...this.#reading].filter(([name]) => !this.#awaited.isWaiting(name))
    const lags = readable.map(async ([name, { lag }]) => [name, await lag()])
    return Object.fromEntries(await Promise.all(lags))
  }

  stop = () => {
    this.#stopped = true
    this.#awaited.stop()
    for (const { close } of this.#reading.values()) close()
    for (const retryLoop of this.#retryLoops.values()) retryLoop.stop()
    return Promise.resolve()
  }

  #retryLoopOf(policy: string): RetryLoop {
    const known = this.#retryLoops.get(policy)
    if (known) return known
    const retryLoop = new RetryLoop(POLICY.atOnce)
    if (this.#stopped) retryLoop.stop()
    this.#retryLoops.set(policy, retryLoop)
    return retryLoop
  }

  async #follow(policy: Policy): Promise<void> {
    const { identity, from } = policy
    const { followed = [] } = this.#options
    const runner = new EventRunner({
      ...this.#options,
      policy,
      retryLoop: this.#retryLoopOf(identity),
      passedOver: this.#passedOver,
      parked: this.#parked.get(policy.context)!,
    })
    this.#runners.set(identity, runner)
    for (const context of new Set(from.map(({ context }) => context))) {
      if (!followed.includes(context)) await this.#read(policy, context, runner)
      else await this.#await(policy, context, runner)
    }
  }

  /**
   * Reads a followed log, which another application can delete and make again. All events of a log
   * that was not there are new, also for a policy that starts now.
   */
  #await(policy: Policy, context: string, runner: EventRunner): Promise<void> {
    const { subscriptions } = this.#options
    let { start } = policy
    let known: string | undefined
    const madeAt = () => subscriptions.madeAt(context)
    return this.#awaited.begin(`${policy.name} ${context}`, async () => {
      const made = await madeAt()
      if (known !== undefined && made !== known) this.#passedOver.forget(context)
      if (made === undefined || known !== undefined && made !== known) start = "beginning"
      known = made ?? known
      const { lag, close } = await this.#read({ ...policy, start }, context, runner)
      const read = known ??= await madeAt()
      return { look: lag, isSame: async () => [undefined, read].includes(await madeAt()), close }
    })
  }

  /** Reads the log of one context for a policy. */
  async #read(
    { name, identity, isNew, start }: Policy,
    context: string,
    { handle }: EventRunner,
  ): Promise<Subscription> {
    const { subscriptions } = this.#options
    this.#passedOver.skip((await subscriptions.skips(context)).values())
    const known = isNew ? {} : { isKnown: identity !== name }
    const subscriber = { name: policySubscription(identity), context, start, ...known, handle }
    const reading = await subscriptions.subscribe(subscriber)
    if (this.#stopped) reading.close()
    else this.#reading.set(`${name} ${context}`, reading)
    return reading
  }
}

/** Starts to run these policies. Rejects with `Unavailable` when the log cannot be reached. */
export const startPolicies = async (options: PolicyRunnerOptions): Promise<RunningPolicies> => {
  const running = new Running(options)
  try {
    await running.start()
    return running
  } catch (error) {
    await running.stop()
    throw error
  }
}
