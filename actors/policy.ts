/** A policy: when an event has happened, it sends a command. */
import type { Duration } from "effect"
import {
  type AnyContract,
  checkContracts,
  checkHandlers,
  checkOptions,
  durationMs,
  type EventOf,
  explained,
  frozenLightly,
  type Message,
  splitName,
} from "../contracts/internal.ts"
import type { EventMeta } from "../wire/internal.ts"
import { POLICY } from "./limits.ts"
import { type FollowUpOptions, type FollowUps, followUpsOf } from "./follow-up.ts"
import { type Reaction, reactionList, type Reactions } from "./reaction.ts"

/** A handler for each event that the policy reacts to. It ignores events without a handler. */
export type PolicyHandlers<K> = {
  readonly [Type in EventOf<K>["type"]]?: (
    event: Extract<EventOf<K>, { type: Type }>["data"],
    meta: EventMeta,
  ) => Reactions | Promise<Reactions>
}

/** What `Policy.define` takes. */
export interface PolicyOptions<K extends AnyContract, A extends AnyContract = never>
  extends FollowUpOptions<K, A> {
  /** The contracts whose events it follows. */
  readonly from: readonly K[]
  /** Where it begins when it first runs: with the first event of the log, or with new events. */
  readonly start?: "beginning" | "now"
  /**
   * Its first name, if it had another one. The policy goes on where that one is: its position, its
   * timers and the ids of its commands stay. A policy that is renamed again keeps its first name
   * here. The context must be the same. `null` says that the policy is new: without `was`, a policy
   * without a position does not start while the log has positions of policies that are gone.
   */
  readonly was?: string | null
  readonly on: PolicyHandlers<K>
  /** How long one call of a handler may take until it counts as failed; 30 seconds by default. */
  readonly timeLimit?: Duration.Input
  /** How often an event or a timer may fail until it is parked; 10 times by default. */
  readonly attempts?: number
  /** How long a failing event or timer is tried again until it is parked; 5 minutes by default. */
  readonly retryFor?: Duration.Input
  /** The same while the failure is an outage, which ends by itself; 1 day by default. */
  readonly retryOutagesFor?: Duration.Input
  /**
   * Whether later events of an actor `wait`, parked behind its first parked event, or `go on`. By
   * default they wait, so that a policy sees the events of an actor in order.
   */
  readonly laterEvents?: "wait" | "go on"
}

/** How patient a policy is with work that fails. Durations are in milliseconds. */
export interface Patience {
  readonly timeLimitMs: number
  readonly attempts: number
  readonly retryMs: number
  readonly outageMs: number
}

/** The patience of a policy that sets nothing else. */
export const PATIENCE: Patience = {
  timeLimitMs: POLICY.timeLimitMs,
  attempts: POLICY.attempts,
  retryMs: POLICY.retryMs,
  outageMs: POLICY.outageMs,
}

/** A policy. Made by `Policy.define`. */
export interface Policy {
  /** `<context>.<policy>`. */
  readonly name: string
  /** Its first name: its position, its timers and the ids of its commands are kept under it. */
  readonly identity: string
  /** Whether it says that it never had another name, with `was: null`. */
  readonly isNew: boolean
  /** The context whose stream keeps its timers. */
  readonly context: string
  readonly from: readonly AnyContract[]
  readonly start: "beginning" | "now"
  readonly patience: Patience
  readonly laterEvents: "wait" | "go on"
  /** Whether it has a handler for events of this type. */
  readonly handles: (type: string) => boolean
  /** Whether the handler for events of this type is declared to be asynchronous. */
  readonly waits: (type: string) => boolean
  /** What follows from rejections, and from giving up. */
  readonly followUps: FollowUps
  /** Its reactions to an event. Throws, or rejects with, what a handler throws. */
  readonly on: (
    event: Message<"event">,
    meta: EventMeta,
  ) => readonly Reaction[] | Promise<readonly Reaction[]>
}

const patientFor = (name: string, option: string, input: Duration.Input): number => {
  const millis = durationMs(`${option} of the policy ${name}`, input)
  if (millis > 0) return millis
  throw new TypeError(`${option} of the policy ${name} is longer than nothing`)
}

const patienceOf = (
  name: string,
  { timeLimit, attempts, retryFor, retryOutagesFor }: Pick<
    PolicyOptions<AnyContract>,
    "timeLimit" | "attempts" | "retryFor" | "retryOutagesFor"
  >,
): Patience => {
  if (attempts !== undefined && !(Number.isSafeInteger(attempts) && attempts > 0)) {
    throw new TypeError(`attempts of the policy ${name} is a whole number from 1 on`)
  }
  const millis = (option: string, input: Duration.Input | undefined, usual: number) =>
    input === undefined ? usual : patientFor(name, option, input)
  return {
    // A timer of the runtime waits for at most about 24 days.
    timeLimitMs: Math.min(millis("timeLimit", timeLimit, PATIENCE.timeLimitMs), 2 ** 31 - 1),
    attempts: attempts ?? PATIENCE.attempts,
    retryMs: millis("retryFor", retryFor, PATIENCE.retryMs),
    outageMs: millis("retryOutagesFor", retryOutagesFor, PATIENCE.outageMs),
  }
}

type Handler = (event: never, meta: EventMeta) => Reactions | Promise<Reactions>

const isAsynchronous = (handler: unknown): boolean =>
  typeof handler === "function" && handler.constructor.name === "AsyncFunction"

/** The first name of a policy. Throws `TypeError` for one that it cannot have had. */
const identityOf = (name: string, context: string, was: string | null | undefined): string => {
  if (was === undefined || was === null) return name
  const before = splitName(was, `the policy ${name} was`)
  if (was === name) throw new TypeError(`the policy ${name} was always called so: remove \`was\``)
  if (before.context === context) return was
  throw new TypeError(
    `the policy ${name} was "${was}", of another context: its timers are in the stream of ` +
      `${before.context}, so call it ${before.context}.…`,
  )
}

const OPTIONS: { readonly [Name in keyof PolicyOptions<AnyContract>]-?: true } = {
  from: true,
  start: true,
  was: true,
  on: true,
  timeLimit: true,
  attempts: true,
  retryFor: true,
  retryOutagesFor: true,
  laterEvents: true,
  asks: true,
  onRejected: true,
  onParked: true,
}

/** Throws `TypeError` for what types do not show, above all where a file is not type-checked. */
const checkDefinition = (
  name: string,
  options: { readonly from?: unknown; readonly on?: unknown; readonly start?: unknown },
): void => {
  checkOptions(`the policy ${name}`, options, Object.keys(OPTIONS))
  checkContracts(name, options.from)
  const contracts = options.from as readonly AnyContract[]
  const types = contracts.flatMap(({ events }) => Object.keys(events))
  const kind = `event of ${contracts.map((contract) => contract.name).join(" or ")}`
  checkHandlers(name, options.on, { types, kind, mayWait: true })
  const { start = "now" } = options
  if (start === "now" || start === "beginning") return
  throw new TypeError(`${name}: it starts at "beginning" or "now", not at ${JSON.stringify(start)}`)
}

/**
 * Defines a policy. It runs at least once for each event; its commands' ids are derived from the
 * event's position, so an actor that remembers them acts once. A handler that calls another system,
 * such as a payment provider, can be asynchronous; it too runs at least once. Work that fails is
 * tried again, and parked in the end: `leftfold parked` lists it. A handler that throws
 * `Unavailable` reports an outage, which is waited out for longer.
 *
 * A rejection is an answer, and the policy goes on. `onRejected` says what follows from it, and
 * `onParked` what to ask when the policy gives up:
 *
 * ```ts
 * const closing = Policy.define("orders.closing", {
 *   from: [Payments],
 *   asks: [Orders],
 *   on: { PaymentTaken: (_event, { id }) => ask(Orders, id, CompleteOrder()) },
 *   onRejected: {
 *     NotPlaced: (_rejection, { id }) => ask(Payments, id, Payments.commands.RefundPayment()),
 *   },
 *   onParked: ({ id }) => ask(Payments, id, Payments.commands.RefundPayment()),
 * })
 * ```
 *
 * ```ts
 * const completion = Policy.define("orders.completion", {
 *   from: [Payments],
 *   on: { PaymentTaken: (_event, { id }) => ask(Orders, id, CompleteOrder()) },
 * })
 * ```
 */
const define = <K extends AnyContract, A extends AnyContract = never>(
  name: string,
  options: PolicyOptions<K, A>,
): Policy => {
  const { context } = splitName(name, "the policy")
  checkDefinition(name, options)
  const handlers = options.on as Record<string, Handler>
  const handles = (type: string) => Object.hasOwn(handlers, type)
  return {
    name,
    identity: identityOf(name, context, options.was),
    isNew: options.was === null,
    context,
    from: options.from,
    handles,
    waits: (type) => handles(type) && isAsynchronous(handlers[type]),
    followUps: followUpsOf(name, options as FollowUpOptions<AnyContract, AnyContract>),
    start: options.start ?? "beginning",
    patience: patienceOf(name, options),
    laterEvents: options.laterEvents ?? "wait",
    on: ({ type, data }, meta) => {
      const handler = handles(type) ? handlers[type] : undefined
      const what = `${name} on ${type}`
      const failed = (error: unknown): never => {
        throw explained(error, what)
      }
      try {
        const reactions = handler?.(frozenLightly(data) as never, meta)
        if (!(reactions instanceof Promise)) return reactionList(reactions, what)
        return reactions.then((each) => reactionList(each, what), failed)
      } catch (error) {
        return failed(error)
      }
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
