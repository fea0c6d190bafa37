/** An actor decides commands: pure handlers, by message, over a state folded from its events. */
import type { Schema } from "effect"
import {
  type AnyContract,
  checkContract,
  checkHandlers,
  checkOptions,
  checkSchema,
  type CommandOf,
  type EventOf,
  explained,
  frozen,
  frozenThrough,
  HandlerBug,
  isFailure,
  type KeepLiterals,
  type Message,
  messageOf,
  type RejectionOf,
  type SchemaCodec,
  schemaCodec,
  type StateForm,
  stateForm,
  withOwnBytes,
} from "../contracts/internal.ts"
import type { Claims, Metadata } from "../wire/internal.ts"
import { fingerprint } from "./fingerprint.ts"
import { checkedOutcome, checkState } from "./handler-result.ts"

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
  /** What is known of the principal; absent for a command of a policy. It is not stored. */
  readonly claims?: Claims
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

/**
 * The type of `initial`. A bare text, such as `"new"`, would make any text a state, and a misspelt
 * one would go unnoticed.
 */
export type Initial<State> = string extends State
  ? "name the states, as in const initial: 'new' | 'paid' = 'new', or wrap free text: { text: '' }"
  : State

/** What `Actor.define` takes. */
export interface ActorOptions<K, State> {
  /** The state before the first event. All actors of the kind share it, so it is frozen. */
  readonly initial: State & Initial<NoInfer<State>>
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

const handlersOf = (handlers: object): ReadonlyMap<string, Handler> =>
  new Map(Object.entries(handlers as Record<string, Handler>))

const handlerOf = (handlers: ReadonlyMap<string, Handler>, what: string, type: string): Handler => {
  const handler = handlers.get(type)
  if (handler) return handler
  throw new TypeError(`${what} has no handler for ${type}`)
}

const stateCodec = (
  codec: SchemaCodec<unknown>,
  version: number,
): StateCodec => {
  const words = new Uint32Array(4)
  fingerprint(JSON.stringify(codec.jsonSchema()), words)
  const hash = [...words].map((word) => word.toString(16).padStart(8, "0")).join("")
  return { codec, stamp: `${hash}/${version}` }
}

const OPTIONS: { readonly [Name in keyof ActorOptions<AnyContract, unknown>]-?: true } = {
  initial: true,
  state: true,
  version: true,
  decide: true,
  evolve: true,
}

/** Throws `TypeError` for what types do not show, above all where a file is not type-checked. */
const checkDefinition = (
  contract: AnyContract,
  options: { readonly [Name in keyof ActorOptions<AnyContract, unknown>]?: unknown },
): void => {
  checkContract("Actor.define", contract)
  const { name } = contract
  checkOptions(`the actor ${name}`, options, Object.keys(OPTIONS))
  const [commands, events] = [Object.keys(contract.commands), Object.keys(contract.events)]
  checkHandlers(`${name} decide`, options.decide, {
    types: commands,
    kind: `command of ${name}`,
    all: true,
  })
  checkHandlers(`${name} evolve`, options.evolve, {
    types: events,
    kind: `event of ${name}`,
    all: true,
  })
  if (!("initial" in options)) throw new TypeError(`the actor ${name} has no initial state`)
  if (typeof options.initial === "function") {
    throw new TypeError(`the initial state of ${name} is a function: give the state itself`)
  }
  if (options.initial instanceof Promise) {
    throw new TypeError(`the initial state of ${name} is a promise: await it first`)
  }
  if ("state" in options) checkSchema(`the state of ${name}`, options.state)
  const { version = 1 } = options
  if (Number.isSafeInteger(version)) return
  throw new TypeError(`the version of ${name} must be a whole number, not ${version}`)
}

/** The next state, as a snapshot will give it back. */
const settled = (form: StateForm, state: unknown, handler: string): unknown => {
  try {
    return form.settled(state)
  } catch (error) {
    // It says which field of the state is wrong, and what was probably meant.
    throw isFailure(error)
      ? new HandlerBug(`${handler}: ${error.message}`, { cause: error })
      : error
  }
}

/** The initial state, frozen. Throws `TypeError` if the schema of the state does not allow it. */
const initialOf = <State>(name: string, given: State, form: StateForm | undefined): State => {
  try {
    return frozenThrough(form ? form.settled(given) as State : given)
  } catch (error) {
    const message = `the initial state of ${name} does not fit its schema: ${messageOf(error)}`
    throw new TypeError(message, { cause: error })
  }
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
  checkDefinition(contract, options)
  const { name } = contract
  const { state: schema, version = 1 } = options
  const codec = schema && schemaCodec(schema as Schema.Codec<unknown>, `the state of ${name}`)
  const form = codec && stateForm(schema as Schema.Codec<unknown>, codec)
  const initial = initialOf(name, options.initial, form)
  const hasBytes = withOwnBytes(initial) !== initial
  const decides = handlersOf(options.decide)
  const evolves = handlersOf(options.evolve)
  return {
    contract,
    // Nothing can freeze bytes, so each actor has its own.
    get initial() {
      return hasBytes ? withOwnBytes(initial) : initial
    },
    state: codec && stateCodec(codec, version),
    decide: (state, { type, data }, meta) => {
      const handler = handlerOf(decides, `${name} decide`, type)
      try {
        return checkedOutcome(handler(state, frozen(data), meta), `${name} decide ${type}`)
      } catch (error) {
        throw explained(error, `${name} decide ${type}`)
      }
    },
    evolve: (state, { type, data }) => {
      const handler = handlerOf(evolves, `${name} evolve`, type)
      try {
        const next = handler(state, frozen(data))
        if (next === state) return state
        if (typeof next === "object" || next === undefined) {
          checkState(next, initial, `${name} evolve ${type}`)
        }
        return form ? settled(form, next, `${name} evolve ${type}`) : frozen(next)
      } catch (error) {
        throw explained(error, `${name} evolve ${type}`)
      }
    },
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
