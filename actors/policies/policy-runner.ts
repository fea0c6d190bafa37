/** Runs policies: reads the log, and sends the commands that follow until each is answered. */
import {
  type AnyContract,
  digest,
  ID,
  isFailure,
  isOutageName,
  messageOf,
  positionOf,
} from "../../contracts/internal.ts"
import {
  type Client,
  type ContractsByName,
  decodeSkips,
  type EventMeta,
  isSkipsSubject,
  limited,
  type LogMessage,
  policySubscription,
  readMessage,
  type RecordedEvent,
  recordedEvents,
  reportWarning,
  type StoredCommit,
} from "../../wire/internal.ts"
import { dueOf } from "../due.ts"
import { POLICY } from "../limits.ts"
import { PassedOver, type UnreadableCount } from "./passed-over.ts"
import { RetryLoop } from "./retry-loop.ts"
import { encodeAsk, plainAsk, sendAsk } from "./plain-ask.ts"
import type { Policy } from "../policy.ts"
import type { Later, Reaction } from "../reaction.ts"
import type { Subscription, Subscriptions } from "./subscription.ts"
import { runTimers } from "./timer-runner.ts"
import type { Timers } from "./timers.ts"

/** The options of the policy runner. */
export interface PolicyRunnerOptions {
  readonly policies: readonly Policy[]
  readonly client: Client
  readonly subscriptions: Subscriptions
  readonly timers: Timers
}

/** Policies at work. */
export interface RunningPolicies {
  /** What is stuck now, by policy: the event or the timer, and why. */
  readonly stuck: () => readonly string[]
  /** Since when the first of these is stuck. */
  readonly stuckSince: () => string | undefined
  /** The messages that were passed over since the start, because nobody can read them. */
  readonly unreadable: () => UnreadableCount
  /**
   * How many messages are not done: those of the log by policy and context, those of due timers by
   * context. Rejects with `Unavailable`.
   */
  readonly lag: () => Promise<Readonly<Record<string, number>>>
  readonly stop: () => Promise<void>
}

/** The id of a policy's command: the same whenever the same event is seen again. */
export const policyCommandId = (policy: Policy, event: RecordedEvent, reaction: number): string =>
  `${policy.name}/${event.meta.position}/${event.meta.index}/${reaction}`

/**
 * The key of a timer with a name. The prefixes `n-`, `h-` (the name is not an id) and `e-` (a timer
 * without a name, by its event) keep the three kinds apart.
 */
const namedKey = (name: string): string => ID.test(name) ? `n-${name}` : `h-${digest(name)}`

const keyOf = ({ name }: Later, { position, index }: EventMeta, reaction: number): string =>
  name === undefined ? `e-${position.replace(":", "-")}-${index}-${reaction}` : namedKey(name)

/** Limited, because anybody who can write to a log could otherwise flood ours. */
const warn = limited(reportWarning, { burst: POLICY.stuckNamed, everyMs: 60_000 })

class Runner {
  readonly #policy: Policy
  readonly #options: PolicyRunnerOptions
  readonly #contracts: ContractsByName
  readonly #retryLoop: RetryLoop
  readonly #passedOver: PassedOver
  readonly #isSkipped: PassedOver["isSkipped"]

  constructor(
    policy: Policy,
    options: PolicyRunnerOptions,
    retryLoop: RetryLoop,
    passedOver: PassedOver,
  ) {
    this.#passedOver = passedOver
    this.#isSkipped = (context, sequence) => passedOver.isSkipped(context, sequence)
    this.#policy = policy
    this.#options = options
    this.#contracts = new Map(policy.from.map((contract) => [contract.name, contract]))
    this.#retryLoop = retryLoop
  }

  /** Handles one commit; tries again until it succeeds or the runner stops. */
  handle = async (message: LogMessage): Promise<boolean> => {
    const read = readMessage(message, this.#contracts, this.#isSkipped)
    if ("cause" in read) return this.#passOver(read.context, message, read.cause)
    if (read.kind !== "commit") {
      if (isSkipsSubject(message.subject)) this.#passedOver.skip(decodeSkips(message))
      return true
    }
    const { contract, id, commit } = read
    const where = `${this.#policy.name} at ${contract.context}:${message.sequence}`
    const done = new Set<string>()
    return await this.#retryLoop.until(
      where,
      () => this.#attempt(contract, id, commit, done),
    )
  }

  /** Counts an unreadable message. No command follows from it, and other messages go on. */
  #passOver(context: string, message: LogMessage, error: unknown): true {
    const reason = messageOf(error)
    if (this.#passedOver.note(context, message.sequence, reason)) {
      const place = positionOf(context, message.sequence)
      warn(
        `${place} (${message.subject}) cannot be read, and policies pass over it: ${reason}. ` +
          `leftfold skip ${place} --reason "…" steps over it for good`,
      )
    }
    return true
  }

  /** An answered ask is not repeated: the actor may have forgotten it by the next attempt. */
  async #attempt(
    contract: AnyContract,
    id: string,
    commit: StoredCommit,
    done: Set<string>,
  ): Promise<void> {
    // Since the last attempt, an operator may have stepped over it.
    if (this.#passedOver.isSkipped(contract.context, commit.sequence)) return
    for (const recorded of recordedEvents(contract, id, commit, this.#policy.handles)) {
      const reactions = await this.#reactionsTo(recorded)
      for (const [index, reaction] of reactions.entries()) {
        const commandId = policyCommandId(this.#policy, recorded, index)
        if (done.has(commandId)) continue
        await this.#react(reaction, recorded.meta, index, commandId)
        done.add(commandId)
      }
    }
  }

  /** The policy's reactions to an event. Rejects with what its handler throws, naming the event. */
  async #reactionsTo({ event, meta }: RecordedEvent): Promise<readonly Reaction[]> {
    try {
      return await this.#policy.on(event, meta)
    } catch (error) {
      if (isFailure(error) && isOutageName(error._tag)) throw error
      const reason = messageOf(error)
      const where = `${event.type} of ${meta.actor} ${meta.id}`
      throw new Error(`after ${where}: ${reason}`, { cause: error })
    }
  }

  async #react(reaction: Reaction, meta: EventMeta, index: number, commandId: string) {
    const { client, timers } = this.#options
    const { name: policy } = this.#policy
    if (reaction.kind === "cancel") return await timers.cancel(policy, namedKey(reaction.name))
    if (reaction.kind === "ask") {
      return await sendAsk(client, plainAsk(reaction, meta, commandId))
    }
    await timers.set({
      policy,
      key: keyOf(reaction, meta, index),
      due: dueOf(reaction.when, meta.time),
      payload: encodeAsk(plainAsk(reaction.ask, meta, commandId)),
    })
  }
}

/** Reads the log for each policy, and the due timers of each context that has a policy. */
class Running {
  readonly #options: PolicyRunnerOptions
  readonly #retryLoop = new RetryLoop(POLICY.atOnce)
  readonly #passedOver = new PassedOver()
  readonly #reading = new Map<string, Subscription>()

  constructor(options: PolicyRunnerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { policies, client, timers } = this.#options
    const retryLoop = this.#retryLoop
    for (const policy of policies) await this.#follow(policy)
    for (const context of new Set(policies.map(({ context }) => context))) {
      const reading = await runTimers({ context, timers, client, retryLoop })
      this.#reading.set(`${context} timers`, reading)
    }
  }

  stuck = () => this.#retryLoop.stuck

  stuckSince = () => this.#retryLoop.since

  unreadable = () => this.#passedOver.unreadable

  lag = async () => {
    const lags = [...this.#reading].map(async ([name, { lag }]) => [name, await lag()])
    return Object.fromEntries(await Promise.all(lags))
  }

  stop = () => {
    for (const { close } of this.#reading.values()) close()
    this.#retryLoop.stop()
    return Promise.resolve()
  }

  async #follow(policy: Policy): Promise<void> {
    const { handle } = new Runner(policy, this.#options, this.#retryLoop, this.#passedOver)
    const { name, start, from } = policy
    for (const context of new Set(from.map(({ context }) => context))) {
      this.#passedOver.skip((await this.#options.subscriptions.skips(context)).values())
      const subscriber = { name: policySubscription(name), context, start, handle }
      const reading = await this.#options.subscriptions.subscribe(subscriber)
      this.#reading.set(`${name} ${context}`, reading)
    }
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
