/** Tests of policies that read as sentences: given a policy, when this happened, then it asks. */
import assert from "node:assert/strict"
import type { Duration } from "effect"
import type { EventMeta } from "../wire/internal.ts"
import type { Message } from "../contracts/internal.ts"
import { type Due, dueOf, firesAfter } from "./due.ts"
import { durationMs, NOON, thawed } from "../contracts/internal.ts"
import type { Policy } from "./policy.ts"
import type { Ask, Later, Reaction } from "./reaction.ts"

/**
 * A policy that waits for an event, or for its timers.
 *
 * ```ts
 * const checkout: GivenPolicy = given(checkoutSteps("30 minutes"))
 * checkout.when(Checkouts.events.StockSecured({ amount: 900 }), { id: "o-1" })
 *   .after("30 minutes").thenAsks(ask(Checkouts, "o-1", Checkouts.commands.ExpirePayment()))
 * ```
 */
export interface GivenPolicy {
  /** An event happens, at the time of the test unless its metadata has another time. */
  readonly when: (event: Message<"event">, meta?: Partial<EventMeta>) => GivenPolicy & Asked
  /** An actor rejects what the policy asked, whether or not it has asked that here. */
  readonly whenRejected: (asked: Ask, rejection: Message<"rejection">) => GivenPolicy & Asked
  /** The policy gives up what it should have done after an event. */
  readonly whenParked: (event: Message<"event">, meta?: Partial<EventMeta>) => GivenPolicy & Asked
  /** Time passes, and the timers that become due fire. */
  readonly after: (time: Duration.Input) => GivenPolicy & Asked
}

/**
 * What may be claimed of the last step. Each throws an `AssertionError` if the claim does not hold.
 *
 * ```ts
 * const completed = Checkouts.events.CheckoutCompleted()
 * const asked: Asked = given(checkoutSteps()).when(completed, { id: "o-1" })
 * asked.thenAsks(ask(Orders, "o-1", CompleteOrder()))
 * ```
 */
export interface Asked {
  /** Exactly these asks, in this order. A timer's ask belongs to the `after` that it fires in. */
  readonly thenAsks: (...asks: Ask[]) => void
  readonly thenNothing: () => void
}

interface Waiting {
  readonly due: Due
  readonly ask: Ask
  readonly at: number
}

const said = ({ contract, id, command }: Ask) => ({ to: contract.name, id, command })

const asked = (asks: readonly Ask[]): Asked => ({
  thenAsks: (...expected) => assert.deepEqual(thawed(asks.map(said)), thawed(expected.map(said))),
  thenNothing: () => assert.deepEqual(asks.map(said), []),
})

/** A policy in a test, with its waiting timers and the current time. */
class PolicyInTest implements GivenPolicy {
  readonly #policy: Policy
  readonly #timers = new Map<string, Waiting>()
  #now = NOON
  #events = 0
  #unnamed = 0

  constructor(policy: Policy) {
    this.#policy = policy
  }

  when: GivenPolicy["when"] = (event, meta = {}) => {
    const complete = this.#metaOf(meta)
    const reactions = this.#policy.on(event, complete)
    if (reactions instanceof Promise) {
      throw new TypeError("an asynchronous policy must be tested with App.inMemory")
    }
    return this.#react(reactions, complete.time)
  }

  whenRejected: GivenPolicy["whenRejected"] = ({ contract, id, command }, rejection) => {
    const { type, data } = contract.codec.plain(rejection)
    const asked = { name: contract.name, id, ...contract.codec.plain(command) }
    const reactions = this.#policy.followUps.rejected({ type, data }, asked)
    return this.#react(reactions, new Date(this.#now))
  }

  whenParked: GivenPolicy["whenParked"] = (event, meta = {}) => {
    const { actor, id } = this.#metaOf(meta)
    const { parked } = this.#policy.followUps
    const given = { contract: actor, id, reason: "a test", attempts: 1, event: event as never }
    return this.#react(parked?.({ kind: "event", ...given }) ?? [], new Date(this.#now))
  }

  #metaOf(meta: Partial<EventMeta>): EventMeta {
    const sequence = ++this.#events
    const actor = this.#policy.from[0]?.name ?? this.#policy.name
    return {
      id: "id-1",
      actor,
      version: 1,
      position: `${actor.split(".")[0]}:${sequence}`,
      sequence,
      index: 0,
      time: new Date(this.#now),
      commandId: `command-${sequence}`,
      correlation: "command-1",
      ...meta,
    }
  }

  #react(reactions: readonly Reaction[], time: Date): GivenPolicy & Asked {
    const asks: Ask[] = []
    for (const reaction of reactions) {
      if (reaction.kind === "ask") asks.push(checked(reaction))
      else if (reaction.kind === "later") this.#wait(reaction, time)
      else this.#timers.delete(reaction.name)
    }
    return this.#then(asks)
  }

  after: GivenPolicy["after"] = (time) => {
    const end = this.#now + durationMs("the time to go on by", time)
    const asks: Ask[] = []
    for (let first = this.#first(end); first; first = this.#first(end)) {
      const [key, { due, ask, at }] = first
      asks.push(ask)
      if ("at" in due) this.#timers.delete(key)
      else this.#timers.set(key, { due, ask, at: firesAfter(due, at) })
    }
    this.#now = end
    return this.#then(asks)
  }

  #wait({ when, ask, name }: Later, event: Date): void {
    const due = dueOf(when, event)
    const key = name ?? `unnamed ${this.#unnamed++}`
    this.#timers.set(key, { due, ask: checked(ask), at: firesAfter(due, this.#now) })
  }

  #first(end: number): [string, Waiting] | undefined {
    const due = [...this.#timers].filter(([, { at }]) => at <= end)
    return due.sort(([, one], [, other]) => one.at - other.at)[0]
  }

  #then(asks: readonly Ask[]): GivenPolicy & Asked {
    const { when, whenRejected, whenParked, after } = this
    return { when, whenRejected, whenParked, after, ...asked(asks) }
  }
}

/** The ask itself. Throws `Invalid` when its command does not fit its contract. */
const checked = (ask: Ask): Ask => {
  ask.contract.codec.plain(ask.command)
  return ask
}

/** Begins a test of a policy. */
export const givenPolicy = (policy: Policy): GivenPolicy => new PolicyInTest(policy)
