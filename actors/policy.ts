/** A policy: when an event has happened, it sends a command. */
import { type AnyContract, type EventOf, type Message, splitName } from "../contracts/internal.ts"
import type { EventMeta } from "../wire/internal.ts"
import type { Reaction, Reactions } from "./reaction.ts"

/** A handler for each event that the policy reacts to. It ignores events without a handler. */
export type PolicyHandlers<K> = {
  readonly [Type in EventOf<K>["type"]]?: (
    event: Extract<EventOf<K>, { type: Type }>["data"],
    meta: EventMeta,
  ) => Reactions | Promise<Reactions>
}

/** What `Policy.define` takes. */
export interface PolicyOptions<K extends AnyContract> {
  /** The contracts whose events it follows. */
  readonly from: readonly K[]
  /** Where it begins when it first runs: with the first event of the log, or with new events. */
  readonly start?: "beginning" | "now"
  readonly on: PolicyHandlers<K>
}

/** A policy. Made by `Policy.define`. */
export interface Policy {
  /** `<context>.<policy>`. */
  readonly name: string
  /** The context whose stream keeps its timers. */
  readonly context: string
  readonly from: readonly AnyContract[]
  readonly start: "beginning" | "now"
  /** Whether it has a handler for events of this type. */
  readonly handles: (type: string) => boolean
  /** Its reactions to an event. Throws, or rejects with, what a handler throws. */
  readonly on: (
    event: Message<"event">,
    meta: EventMeta,
  ) => readonly Reaction[] | Promise<readonly Reaction[]>
}

const listOf = (reactions: Reactions): readonly Reaction[] =>
  Array.isArray(reactions) ? reactions : reactions === undefined ? [] : [reactions as Reaction]

type Handler = (event: never, meta: EventMeta) => Reactions | Promise<Reactions>

/**
 * Defines a policy. It runs at least once for each event; its commands' ids are derived from the
 * event's position, so an actor that remembers them acts once. A handler that calls another system,
 * such as a payment provider, can be asynchronous; it too runs at least once.
 *
 * ```ts
 * const completion = Policy.define("orders.completion", {
 *   from: [Payments],
 *   on: { PaymentTaken: (_event, { id }) => ask(Orders, id, CompleteOrder()) },
 * })
 * ```
 */
const define = <K extends AnyContract>(name: string, options: PolicyOptions<K>): Policy => {
  const { context } = splitName(name, "the policy")
  const handlers = options.on as Record<string, Handler>
  const handles = (type: string) => Object.hasOwn(handlers, type)
  return {
    name,
    context,
    from: options.from,
    handles,
    start: options.start ?? "beginning",
    on: ({ type, data }, meta) => {
      const handler = handles(type) ? handlers[type] : undefined
      const reactions = handler?.(data as never, meta)
      return reactions instanceof Promise ? reactions.then(listOf) : listOf(reactions)
    },
  }
}

/**
 * Makes policies. `define` throws `TypeError` for a name that cannot be used.
 *
 * ```ts
 * const patience = Policy.define("orders.patience", {
 *   from: [Orders],
 *   on: {
 *     OrderPlaced: (_event, { id }) =>
 *       later("30 minutes", ask(Orders, id, CancelOrder({ reason: "not paid" })), { name: id }),
 *     OrderCompleted: (_event, { id }) => cancel(id),
 *   },
 * })
 * ```
 */
export const Policy = { define }
