/** Tests of actors and policies that read as sentences: given, when, then. Only handlers run. */
import assert from "node:assert/strict"
import type {
  AnyContract,
  CommandOf,
  EventOf,
  Message,
  RejectionOf,
} from "../contracts/internal.ts"
import { type Actor, type AnyActor, type DecideMeta, type Outcome, replay } from "./actor.ts"
import { frozen, NOON, thawed } from "../contracts/internal.ts"
import { type GivenPolicy, givenPolicy } from "./given-policy.ts"
import type { Policy } from "./policy.ts"

export type { Asked, GivenPolicy } from "./given-policy.ts"

const decideMeta = (given: Partial<DecideMeta>, version: number): DecideMeta => {
  let ids = 0
  return {
    id: "id-1",
    version,
    now: new Date(NOON),
    commandId: "command-1",
    correlation: "command-1",
    newId: () => `new-${++ids}`,
    random: () => 0.5,
    ...given,
  }
}

/**
 * What may be claimed of a decision. Each throws an `AssertionError` if the claim does not hold.
 *
 * ```ts
 * const decided: Then<typeof Orders> = given(Order).when(CancelOrder({ reason: "late" }))
 * decided.thenRejected(Orders.rejections.NotPlaced())
 * ```
 */
export interface Then<K> {
  /** Exactly these events, in this order. */
  readonly then: (...events: EventOf<K>[]) => void
  /** This rejection, with these fields. */
  readonly thenRejected: (rejection: RejectionOf<K>) => void
  /** Accepted, with nothing to do. */
  readonly thenNothing: () => void
}

/**
 * An actor to which some events have happened.
 *
 * ```ts
 * const event = OrderPlaced({ customer: "ada", lines: [], total: 900 })
 * const placed: GivenActor<typeof Orders> = given(Order, event)
 * placed.thenState({ state: "placed", customer: "ada", total: 900 })
 * placed.when(CompleteOrder()).then(OrderCompleted({ customer: "ada", total: 900 }))
 * ```
 */
export interface GivenActor<K> {
  readonly when: (command: CommandOf<K>, meta?: Partial<DecideMeta>) => Then<K>
  /** The state that the events lead to. */
  readonly thenState: (state: unknown) => void
}

const thenOf = <K>(outcome: Outcome): Then<K> => ({
  then: (...events) => assert.deepEqual(thawed(outcome), thawed(events)),
  thenRejected: (rejection) => assert.deepEqual(thawed(outcome), thawed(rejection)),
  thenNothing: () => assert.deepEqual(outcome, []),
})

const givenActor = <K>(actor: AnyActor, events: readonly Message<"event">[]): GivenActor<K> => {
  const { codec } = actor.contract
  // As the log gives them back.
  const asStored = (given: readonly Message<"event">[]) =>
    given.map((event) => codec.reread(codec.plain(event)))
  const before = frozen(replay(actor, asStored(events)))
  return {
    when: (command, meta = {}) => {
      const { type, data } = codec.plain(command)
      const message = codec.command(type, data)
      const outcome = actor.decide(before, message, decideMeta(meta, events.length))
      if ("kind" in outcome) codec.plain(outcome)
      else replay(actor, asStored(outcome), before)
      return thenOf(outcome)
    },
    thenState: (state) => assert.deepEqual(thawed(before), thawed(state)),
  }
}

/**
 * Begins a test: an actor and what has happened to it, or a policy. States and messages are
 * frozen, so a handler that changes one of them fails.
 */
export function given<K extends AnyContract, State>(
  actor: Actor<K, State>,
  ...events: EventOf<K>[]
): GivenActor<K>
export function given(policy: Policy): GivenPolicy
export function given(
  subject: AnyActor | Policy,
  ...events: Message<"event">[]
): GivenActor<AnyContract> | GivenPolicy {
  return "decide" in subject ? givenActor(subject, events) : givenPolicy(subject)
}
