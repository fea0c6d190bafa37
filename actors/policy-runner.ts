/** Runs policies: reads the log, and asks for what follows until every ask has its answer. */
import { Effect, Exit, Schedule } from "effect"
import {
  type AnyContract,
  type Client,
  decodeCommit,
  isFailure,
  type LogMessage,
  parseLogSubject,
  type RecordedEvent,
  recordedEvents,
  reportError,
  type Serving,
} from "../contracts/mod.ts"
import type { Ask, Policy } from "./policy.ts"
import type { Subscriptions } from "./subscription.ts"

/** What running policies needs. */
export interface PolicyOptions {
  readonly policies: readonly Policy[]
  readonly client: Client
  readonly subscriptions: Subscriptions
}

/** Policies at work. */
export interface RunningPolicies {
  /** What cannot go on now, by policy: the event it waits at and why. */
  readonly stuck: () => readonly string[]
  readonly stop: () => Promise<void>
}

/** Longer and longer waits between attempts, up to half a minute, without end. */
const backoff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("30 seconds")])

/** The id of a policy's command: the same whenever the same event is seen again. */
export const policyCommandId = (policy: Policy, event: RecordedEvent, ask: number): string =>
  `${policy.name}/${event.context.position}/${event.context.index}/${ask}`

class Runner {
  readonly #policy: Policy
  readonly #client: Client
  readonly #contracts: Map<string, AnyContract>
  readonly #stuck: Map<string, string>
  readonly #stopped: AbortSignal

  constructor(
    policy: Policy,
    client: Client,
    stuck: Map<string, string>,
    stopped: AbortSignal,
  ) {
    this.#policy = policy
    this.#client = client
    this.#contracts = new Map(policy.from.map((contract) => [contract.name, contract]))
    this.#stuck = stuck
    this.#stopped = stopped
  }

  /** Handles one commit; tries again until it succeeds or the runner stops. */
  handle = async (message: LogMessage): Promise<boolean> => {
    const { name, id } = parseLogSubject(message.subject)
    const contract = this.#contracts.get(name)
    if (!contract) return true
    const where = `${this.#policy.name} at ${contract.context}:${message.sequence}`
    const answered = new Set<string>()
    const attempt = Effect.tryPromise({
      try: () => this.#attempt(contract, id, message, answered),
      catch: (error) => error,
    })
    const persistent = attempt.pipe(
      Effect.tapError((error) => Effect.sync(() => this.#report(where, error))),
      Effect.retry(backoff),
      Effect.ensuring(Effect.sync(() => this.#stuck.delete(where))),
    )
    const exit = await Effect.runPromiseExit(persistent, { signal: this.#stopped })
    return Exit.isSuccess(exit)
  }

  /** What was answered is not asked again: the actor may have forgotten it by the next attempt. */
  async #attempt(
    contract: AnyContract,
    id: string,
    message: LogMessage,
    answered: Set<string>,
  ): Promise<void> {
    const commit = decodeCommit(message.payload, message.sequence)
    for (const recorded of recordedEvents(contract, id, commit, this.#policy.handles)) {
      const asks = this.#policy.on(recorded.event, recorded.context)
      for (const [index, ask] of asks.entries()) {
        const commandId = policyCommandId(this.#policy, recorded, index)
        if (answered.has(commandId)) continue
        await this.#ask(recorded, ask, commandId)
        answered.add(commandId)
      }
    }
  }

  async #ask({ context }: RecordedEvent, { contract, id, command }: Ask, commandId: string) {
    const { type, data } = contract.codec.plain(command)
    await this.#client.askPlain(contract.name, id, type, data, {
      commandId,
      correlation: context.correlation,
      causation: context.position,
      principal: context.principal,
      traceparent: context.traceparent,
    })
  }

  #report(where: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const outage = isFailure(error) && ["Unavailable", "Overloaded", "Timeout"].includes(error._tag)
    if (!this.#stuck.has(where) && !outage) reportError(`the policy ${where} cannot go on`, error)
    this.#stuck.set(where, `${where}: ${reason}`)
  }
}

const subscribe = (policies: PolicyOptions, policy: Policy, runner: Runner) => {
  const contexts = [...new Set(policy.from.map(({ context }) => context))]
  return Promise.all(
    contexts.map((context) =>
      policies.subscriptions.subscribe({
        name: `policy.${policy.name}`,
        context,
        start: policy.start,
        handle: runner.handle,
      })
    ),
  )
}

/** Starts to run these policies. Rejects with `Unavailable` when the log cannot be reached. */
export const startPolicies = async (options: PolicyOptions): Promise<RunningPolicies> => {
  const stopped = new AbortController()
  const stuck = new Map<string, string>()
  const serving: Serving[] = []
  for (const policy of options.policies) {
    const runner = new Runner(policy, options.client, stuck, stopped.signal)
    serving.push(...await subscribe(options, policy, runner))
  }
  return {
    stuck: () => [...stuck.values()],
    stop: () => {
      for (const { close } of serving) close()
      stopped.abort()
      return Promise.resolve()
    },
  }
}
