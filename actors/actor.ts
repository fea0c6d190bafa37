/** An actor decides commands: pure handlers, by message, over a state folded from its events. */
import type { Schema } from "effect"
import {
  type AnyContract,
  type CommandOf,
  type EventOf,
  type KeepLiterals,
  type Message,
  type RejectionOf,
  type SchemaCodec,
  schemaCodec,
} from "../contracts/internal.ts"
import type { Metadata } from "../wire/internal.ts"
import { fingerprint } from "./fingerprint.ts"

/**
 * What a decision may depend on in addition to the state and the command.
 *
 * ```ts
 * const isOverdue = (due: Date, { now }: DecideMeta): boolean => now > due
 * ```
 */
export interface DecideMeta extends Metadata {
  /** The id of the actor. */
  readonly id: string
  /** How many events the actor has. */
  readonly version: number
  /** The time of this decision. */
  readonly now: Date
  /** The id of the command. */
  readonly commandId: string
  /** A new unique id. */
  readonly newId: () => string
  /** A random number from 0 up to, but not including, 1. */
  readonly random: () => number
}

/**
 * What `decide` returns: one or more events, an empty list if there is nothing to do, or a
 * rejection.
 *
 * ```ts
 * const cancelled = (isPlaced: boolean, reason: string): Decision<typeof Orders> =>
 *   isPlaced ? OrderCancelled({ customer: "ada", reason }) : Orders.rejections.NotPlaced()
 * ```
 */
export type Decision<K> = EventOf<K> | readonly EventOf<K>[] | RejectionOf<K>

/** For each command, the handler that decides it in a state. */
export type DecideHandlers<K, State> = {
  readonly [Type in CommandOf<K>["type"]]: (
    state: State,
    command: Extract<CommandOf<K>, { type: Type }>["data"],
    meta: DecideMeta,
  ) => Decision<K>
}

/** For each event, the handler that gives the state after it. */
export type EvolveHandlers<K, State> = {
  readonly [Type in EventOf<K>["type"]]: (
    state: State,
    event: Extract<EventOf<K>, { type: Type }>["data"],
  ) => KeepLiterals<State>
}

/** What `Actor.define` takes. */
export interface ActorOptions<K, State> {
  /** The state before the first event. */
  readonly initial: State
  /** The schema of the state. With it, snapshots are kept, and long-lived actors wake faster. */
  readonly state?: Schema.Codec<NoInfer<State>, unknown>
  /** Raise it when the state means something else although its schema is the same. */
  readonly version?: number
  readonly decide: DecideHandlers<K, NoInfer<State>>
  readonly evolve: EvolveHandlers<K, NoInfer<State>>
}

/** An actor of any contract and state, as hosts use it. */
export interface AnyActor {
  readonly contract: AnyContract
  readonly initial: unknown
  /** Converts states for snapshots; undefined for an actor that keeps no snapshots. */
  readonly state: StateCodec | undefined
  /** Decides a command: events or a rejection. Throws what its handler throws. */
  readonly decide: (state: unknown, command: Message, meta: DecideMeta) => Outcome
  /** The state after an event. */
  readonly evolve: (state: unknown, event: Message) => unknown
}

/** Converts the states of an actor for snapshots. */
export interface StateCodec {
  readonly codec: SchemaCodec<unknown>
  /**
   * Identifies the code that a snapshot belongs to: a hash of the schema and the actor's version.
   */
  readonly stamp: string
}

/** One kind of actor. Made by `Actor.define`. */
export interface Actor<K extends AnyContract, State> extends AnyActor {
  readonly contract: K
  readonly initial: State
}

/** The outcome of a decision: a rejection, or events. */
export type Outcome = Message<"rejection"> | readonly Message<"event">[]

type Handler = (state: unknown, data: object, meta?: DecideMeta) => unknown

const handlerOf = (handlers: object, what: string, type: string): Handler => {
  const handler = Object.hasOwn(handlers, type) && (handlers as Record<string, unknown>)[type]
  if (typeof handler === "function") return handler as Handler
  throw new TypeError(`${what} has no handler for ${type}`)
}

const outcomeOf = (decision: unknown): Outcome =>
  Array.isArray(decision)
    ? decision
    : isRejection(decision)
    ? decision
    : [decision as Message<"event">]

const isRejection = (decision: unknown): decision is Message<"rejection"> =>
  (decision as Message).kind === "rejection"

const stateCodec = (name: string, schema: Schema.Codec<unknown>, version: number): StateCodec => {
  const codec = schemaCodec(schema, `the state of ${name}`)
  const words = new Uint32Array(4)
  fingerprint(JSON.stringify(codec.jsonSchema()), words)
  const hash = [...words].map((word) => word.toString(16).padStart(8, "0")).join("")
  return { codec, stamp: `${hash}/${version}` }
}

/**
 * Defines one kind of actor. Every command and every event of the contract must have a handler. The
 * pair of decide and evolve is Jérémie Chassaing's decider.
 *
 * ```ts
 * const counter = Actor.define(Counter, {
 *   initial: 0,
 *   decide: { Increment: (_count, { by }) => Counter.events.Incremented({ by }) },
 *   evolve: { Incremented: (count, { by }) => count + by },
 * })
 * ```
 */
const define = <K extends AnyContract, State>(
  contract: K,
  options: ActorOptions<K, State>,
): Actor<K, State> => {
  const { name } = contract
  const { state: schema, version = 1 } = options
  return {
    contract,
    initial: options.initial,
    state: schema && stateCodec(name, schema as Schema.Codec<unknown>, version),
    decide: (state, { type, data }, meta) =>
      outcomeOf(handlerOf(options.decide, `${name} decide`, type)(state, data, meta)),
    evolve: (state, { type, data }) =>
      handlerOf(options.evolve, `${name} evolve`, type)(state, data),
  }
}

/** The state after these events, in order, from the initial state or the one given. */
export const replay = (
  actor: AnyActor,
  events: Iterable<Message<"event">>,
  from: unknown = actor.initial,
): unknown => {
  let state = from
  for (const event of events) state = actor.evolve(state, event)
  return state
}

/**
 * Defines actors. `define` takes the initial state and a handler for each command and each event.
 *
 * ```ts
 * const counter = Actor.define(Counter, {
 *   initial: 0,
 *   decide: { Increment: (_count, { by }) => Counter.events.Incremented({ by }) },
 *   evolve: { Incremented: (count, { by }) => count + by },
 * })
 * ```
 */
export const Actor = { define }

/** The bounded contexts that these actors belong to. */
export const contextsOfActors = (actors: readonly Pick<AnyActor, "contract">[]): string[] => [
  ...new Set(actors.map(({ contract }) => contract.context)),
]
