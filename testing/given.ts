/** Tests that read as sentences: given what happened, when this comes, then that follows. */
import type { Actor, AnyActor, Policy } from "../actors/internal.ts"
import { given as givenActor, type GivenActor, type GivenPolicy } from "../actors/testing.ts"
import type { AnyContract, EventOf, Fields } from "../contracts/internal.ts"
import type { Projection, RowOf } from "../projections/internal.ts"
import { given as givenView, type GivenView, type Happened } from "../projections/testing.ts"

type Subject = AnyActor | Policy | Projection<Fields>

const isObject = (subject: unknown): subject is object =>
  typeof subject === "object" && subject !== null

const wrongSubject = (subject: unknown): TypeError =>
  new TypeError(
    isObject(subject) && "onBatch" in subject
      ? "given does not run raw projections, whose handlers are SQL: test them on real servers, " +
        "with startOnServers"
      : "given takes an actor, a policy or a projection, as Actor.define, Policy.define and " +
        "Projection.define return them",
  )

/**
 * Begins a test: an actor, a projection or a policy, and what has happened to it. Only its handlers
 * run. States, rows and messages are frozen, so a handler that changes one of them fails. Throws
 * `TypeError` for anything else, and `Invalid` or `NotFound` for events that do not fit their
 * contract.
 *
 * ```ts
 * const placed = OrderPlaced({ customer: "ada", lines: [], total: 900 })
 * const cancelled = OrderCancelled({ customer: "ada", reason: "late" })
 * given(Order, placed).when(CancelOrder({ reason: "late" })).then(cancelled)
 *
 * const row = { id: "o-1", customer: "ada", total: 900 }
 * given(OrderList, happened("o-1", placed)).thenRow("o-1", { ...row, state: "placed" })
 * given(OrderList, happened("o-1", placed)).when(cancelled, { id: "o-1" })
 *   .thenRow("o-1", { ...row, state: "cancelled" })
 *
 * const completion = Policy.define("orders.completion", {
 *   from: [Payments],
 *   on: { PaymentTaken: (_, { id }) => later("1 day", ask(Orders, id, CompleteOrder())) },
 * })
 * given(completion).when(Payments.events.PaymentTaken({ amount: 900 }), { id: "o-1" })
 *   .after("1 day").thenAsks(ask(Orders, "o-1", CompleteOrder()))
 * ```
 */
export function given<K extends AnyContract, State>(
  actor: Actor<K, State>,
  ...events: EventOf<K>[]
): GivenActor<K>
export function given<F extends Fields>(
  projection: Projection<F>,
  ...events: Happened[]
): GivenView<RowOf<Projection<F>>>
export function given(policy: Policy, ...events: Happened[]): GivenPolicy
export function given(
  subject: Subject,
  ...events: readonly unknown[]
): GivenActor<AnyContract> | GivenView<RowOf<Projection<Fields>>> | GivenPolicy {
  if (!isObject(subject)) throw wrongSubject(subject)
  if ("decide" in subject) {
    return givenActor(subject as Actor<AnyContract, unknown>, ...events as EventOf<AnyContract>[])
  }
  if ("keyOf" in subject) return givenView(subject, ...events as Happened[])
  if (!("from" in subject && "on" in subject)) throw wrongSubject(subject)
  const policy = givenActor(subject as Policy)
  return (events as Happened[]).reduce<GivenPolicy>(
    (before, { event, meta }) => before.when(event, meta),
    policy,
  )
}
