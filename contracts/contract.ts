/** A contract: the language of one kind of actor, its commands, events and rejections. */
import type { Duration } from "effect"
import { checkDefinition, checkMessages, checkStored, wasOf, windowOf } from "./contract-checks.ts"
import { codecOf, type ContractCodec } from "./contract-codec.ts"
import type { Upcasts } from "./evolution.ts"
import { IDEMPOTENCY_WINDOW } from "./limits.ts"
import {
  constructorOf,
  type Constructors,
  type MessageKind,
  type Messages,
  type OneOf,
} from "./message.ts"
import { splitName } from "./name.ts"
import type { ProtobufNumbers } from "./protobuf/numbers.ts"

/**
 * A contract of any messages.
 *
 * ```ts
 * const contracts: readonly AnyContract[] = [Orders, Payments]
 * const names = contracts.map(({ name }) => name) // ["orders.order", "payments.payment"]
 * ```
 */
export interface AnyContract {
  /** `<context>.<actor>`. */
  readonly name: string
  readonly context: string
  readonly actor: string
  /** The names of its internal commands: only the system sends them, and gateways refuse them. */
  readonly internal: ReadonlySet<string>
  /** How long the ids of its commands are remembered, in milliseconds. */
  readonly idempotencyWindowMs: number
  /** The name that it had before `leftfold move`: what still asks that one is answered. */
  readonly was?: string
  /** How its events are stored. */
  readonly stored: "msgpack" | "protobuf"
  /** The constructors of its commands, by name. */
  readonly commands: object
  /** The constructors of its events, by name. */
  readonly events: object
  /** Checks and converts messages. Drivers and hosts use it; handlers do not need it. */
  readonly codec: ContractCodec
}

/** The language of one kind of actor. Made by `Contract.define`. */
export interface Contract<C extends Messages, E extends Messages, R extends Messages>
  extends AnyContract {
  readonly commands: Constructors<"command", C>
  readonly events: Constructors<"event", E>
  readonly rejections: Constructors<"rejection", R>
  /** Exists only as a type: the fields that the messages are made from. */
  readonly "~messages"?: { readonly commands: C; readonly events: E; readonly rejections: R }
}

/** A contract with its name and its internal commands as types, for the rules about it. */
export interface NamedContract<
  N extends string,
  C extends Messages,
  E extends Messages,
  R extends Messages,
  I extends Messages,
> extends Contract<C & I, E, R> {
  readonly name: N
  readonly internal: ReadonlySet<keyof I & string>
}

type Made<K, Kind extends "commands" | "events" | "rejections"> = K extends
  { readonly "~messages"?: { readonly [Name in Kind]: infer M extends Messages } } ? M : never

/**
 * Any command of a contract.
 *
 * ```ts
 * const commands: CommandOf<typeof Orders>[] = [CancelOrder({ reason: "late" }), CompleteOrder()]
 * ```
 */
export type CommandOf<K> = K extends AnyContract ? OneOf<"command", Made<K, "commands">> : never
/**
 * Any event of a contract.
 *
 * ```ts
 * const isLast = ({ type }: EventOf<typeof Orders>) => type !== "OrderPlaced"
 * ```
 */
export type EventOf<K> = K extends AnyContract ? OneOf<"event", Made<K, "events">> : never
/**
 * Any rejection of a contract.
 *
 * ```ts
 * const isTooLate = ({ type }: RejectionOf<typeof Orders>) => type === "AlreadyCompleted"
 * ```
 */
export type RejectionOf<K> = K extends AnyContract ? OneOf<"rejection", Made<K, "rejections">>
  : never

/** The arguments of `Contract.define`: for each message, the schemas of its fields. */
export interface ContractOptions<
  C extends Messages,
  E extends Messages,
  R extends Messages,
  I extends Messages,
> {
  /** The commands that anybody can send. */
  readonly commands: C
  /** The commands that only the system itself sends: its policies and services. */
  readonly internal?: I
  readonly events: E
  readonly rejections?: R
  /**
   * The history of events that have changed since the first of them were stored: what became of
   * version 1, of version 2, and so on. A function gives the fields of the next version;
   * `{ becomes }` says that it is another event now, or several, or `"nothing"`.
   */
  readonly upcasts?: Upcasts
  /**
   * How long the id of a command is remembered, so that a repeat gets the first answer: a day by
   * default, from a second to 30 days. An actor remembers its last 65,536 commands at most, and its
   * last 128 at any age.
   */
  readonly idempotencyWindow?: Duration.Input
  /**
   * The name that this kind of actor had before, such as `"orders.order"`. `leftfold move` copies
   * its events from that log; commands and questions to the old name are answered here.
   */
  readonly was?: string
  /** The numbers of its fields, for Protobuf. `leftfold schema proto` writes them. */
  readonly protobuf?: ProtobufNumbers
  /** How events are stored: as MessagePack, or as Protobuf. Both can be in one log. */
  readonly stored?: "msgpack" | "protobuf"
}

const OPTIONS: { readonly [Name in keyof ContractOptions<never, never, never, never>]-?: true } = {
  commands: true,
  internal: true,
  events: true,
  rejections: true,
  upcasts: true,
  was: true,
  idempotencyWindow: true,
  protobuf: true,
  stored: true,
}

const constructorsOf = (kind: MessageKind, messages: Messages) =>
  Object.fromEntries(Object.keys(messages).map((type) => [type, constructorOf(kind, type)]))

/**
 * Defines the language of one kind of actor. Throws `TypeError` for a name that cannot be used.
 *
 * ```ts
 * const Counter = Contract.define("demo.counter", {
 *   commands: { Increment: { by: Schema.Int } },
 *   events: { Incremented: { by: Schema.Int } },
 * })
 * Counter.commands.Increment({ by: 1 })
 * ```
 */
const define = <
  const N extends string,
  const C extends Messages,
  const E extends Messages,
  const R extends Messages = Record<never, never>,
  const I extends Messages = Record<never, never>,
>(name: N, options: ContractOptions<C, E, R, I>): NamedContract<N, C, E, R, I> => {
  const { context, local } = splitName(name, "the contract")
  checkDefinition(name, Object.keys(OPTIONS), options)
  const { commands, events, internal = {}, rejections = {} } = options
  checkMessages(name, [commands, internal, events, rejections], rejections)
  const messages = {
    command: { ...commands, ...internal },
    event: events,
    rejection: rejections,
  }
  const { protobuf, stored = "msgpack" } = options
  checkStored(name, stored, protobuf)
  const contract = {
    name,
    ...wasOf(name, options.was),
    stored,
    context,
    actor: local,
    internal: new Set(Object.keys(internal)),
    idempotencyWindowMs: windowOf(name, options.idempotencyWindow ?? IDEMPOTENCY_WINDOW.usual),
    commands: constructorsOf("command", messages.command),
    events: constructorsOf("event", messages.event),
    rejections: constructorsOf("rejection", messages.rejection),
    codec: codecOf(name, messages, (options.upcasts ?? {}) as Upcasts, protobuf),
  }
  return contract as unknown as NamedContract<N, C, E, R, I>
}

/**
 * Makes contracts. `define` throws `TypeError` for a name that cannot be used.
 *
 * ```ts
 * const Doors = Contract.define("house.door", {
 *   commands: { Open: { by: Schema.String } },
 *   events: { Opened: { by: Schema.String } },
 *   rejections: { AlreadyOpen: {} },
 * })
 * Doors.commands.Open({ by: "ada" })
 * ```
 */
export const Contract = { define }
