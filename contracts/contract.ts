/** A contract: the language of one kind of actor, its commands, events and rejections. */
import { Duration, Option, Schema } from "effect"
import { checkDefinition, checkMessages } from "./contract-checks.ts"
import { Invalid, NotFound } from "./errors.ts"
import { Evolution, type Upcasts } from "./evolution.ts"
import {
  CONTEXT_CHARACTERS,
  IDEMPOTENCY_WINDOW,
  NAME,
  RESERVED_CONTEXTS,
  STORED_PROTOBUF,
} from "./limits.ts"
import {
  constructorOf,
  type Constructors,
  type Fields,
  type Message,
  type MessageKind,
  type Messages,
  type OneOf,
} from "./message.ts"
import { messageOf } from "./message-of.ts"
import { didYouMean } from "./nearest.ts"
import type { ProtobufNumbers } from "./protobuf/numbers.ts"
import { ProtobufCodec } from "./protobuf/protobuf-codec.ts"
import { shapeOfFields } from "./protobuf/shape.ts"
import { StoredProtobuf } from "./protobuf/stored-protobuf.ts"
import { type SchemaCodec, schemaCodec } from "./schema/schema-codec.ts"

/** A message by type and plain fields, as it is stored and as it travels. */
export interface PlainMessage {
  readonly type: string
  readonly schema: number
  readonly data: unknown
}

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

/** Converts a contract's messages between their typed and their plain form. */
export interface ContractCodec {
  /** Decodes a command from outside. Throws `NotFound` or `Invalid`. */
  readonly command: (type: string, plain: unknown) => Message<"command">
  /** Decodes a rejection from an answer. Throws `NotFound` or `Invalid`. */
  readonly rejection: (type: string, plain: unknown) => Message<"rejection">
  /**
   * Decodes a stored event into what it is today: one event, or a list where the history of the
   * contract says that it became none or several. Throws `NotFound` or `Invalid`, and `Internal`
   * for a newer schema.
   */
  readonly event: (stored: PlainMessage) => Message<"event"> | readonly Message<"event">[]
  /** The plain fields of a stored event, which can still be Protobuf. Throws `Invalid`. */
  readonly fields: (stored: PlainMessage) => unknown
  /** The event that will be read where this one, which `plain` gave, is stored. */
  readonly reread: (stored: PlainMessage) => Message<"event">
  /** The plain form of a message. Throws `NotFound`, or `Invalid` for fields off their schemas. */
  readonly plain: (message: Message) => PlainMessage
  /** The JSON Schemas of all messages of a kind, by name. */
  readonly jsonSchemas: (kind: MessageKind) => Record<string, Record<string, unknown>>
  /** The schemas of the fields of all messages of a kind, by name. */
  readonly schemas: (kind: MessageKind) => Record<string, Schema.Codec<object, unknown>>
  /** The history of the events: which versions there were, and what they became. */
  readonly evolution: Evolution
  /** Its messages as Protobuf; undefined for a contract without numbers. */
  readonly protobuf: ProtobufCodec | undefined
}

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
  /** The numbers of its fields, for Protobuf. `leftfold schema proto` writes them. */
  readonly protobuf?: ProtobufNumbers
  /** How events are stored: as MessagePack, or as Protobuf. Both can be in one log. */
  readonly stored?: "msgpack" | "protobuf"
}

type Table = Map<string, SchemaCodec<object>>

const tableOf = (contract: string, kind: MessageKind, messages: Messages): Table => {
  const options = { fromAnybody: kind === "command" }
  return new Map(
    Object.entries(messages).map(([type, fields]) => {
      const schema = Schema.Struct(fields as Fields)
      return [type, schemaCodec<object>(schema, `the ${kind} ${contract} ${type}`, options)]
    }),
  )
}

const entryOf = (table: Table, contract: string, kind: MessageKind, type: string) => {
  const entry = table.get(type)
  if (entry) return entry
  const known = [...table.keys()].join(", ") || "none"
  const meant = didYouMean(type, table.keys()) || `; it has: ${known}`
  throw new NotFound({ message: `${contract} has no ${kind} ${type}${meant}` })
}

/** The message itself. Throws `TypeError` for a value that is no message. */
const checkedMessage = (name: string, message: Message): Message => {
  // `Object` also tells what is not an object, and a constructor that was not called.
  if (typeof message === "object" && message?.data) return message
  const { type } = Object(message) as { readonly type?: unknown }
  const why = typeof message === "function" && type !== undefined
    ? `${type} is a constructor: call it, as in ${type}({ … })`
    : "make messages with the constructors of their contract"
  throw new TypeError(`${name}: this is no message: ${why}`)
}

const codecOf = (
  name: string,
  messages: Record<MessageKind, Messages>,
  upcasts: Upcasts,
  numbers: ProtobufNumbers | undefined,
): ContractCodec => {
  const tables: Record<MessageKind, Table> = {
    command: tableOf(name, "command", messages.command),
    event: tableOf(name, "event", messages.event),
    rejection: tableOf(name, "rejection", messages.rejection),
  }
  const typed = <K extends MessageKind>(kind: K, type: string, plain: unknown): Message<K> => ({
    kind,
    type,
    data: entryOf(tables[kind], name, kind, type).decode(plain),
  })
  const evolution = new Evolution(name, tables.event.keys(), upcasts)
  const all: Messages = { ...messages.command, ...messages.event, ...messages.rejection }
  const protobuf = numbers && new ProtobufCodec(
    name,
    numbers,
    (type) => Object.hasOwn(all, type) ? shapeOfFields(Schema.Struct(all[type]!), type) : undefined,
  )
  const fields = (stored: PlainMessage): unknown =>
    stored.data instanceof StoredProtobuf ? readStored(name, protobuf, stored) : stored.data
  const today = (stored: PlainMessage) => {
    const { type, schema } = stored
    const events = evolution.today(type, schema, fields(stored))
    try {
      const [first, ...others] = events.map((each) => typed("event", each.type, each.fields))
      return first && others.length === 0 ? first : first ? [first, ...others] : []
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      const { message, issues = [] } = error
      throw new Invalid({ message: `${message} (stored as ${type}, version ${schema})`, issues })
    }
  }
  return {
    command: (type, plain) => typed("command", type, plain),
    rejection: (type, plain) => typed("rejection", type, plain),
    event: (stored) =>
      evolution.current(stored.type) === stored.schema
        ? typed("event", stored.type, fields(stored))
        : today(stored),
    evolution,
    protobuf,
    fields,
    reread: ({ type, data }) => ({
      kind: "event",
      type,
      data: entryOf(tables.event, name, "event", type).reread(data),
    }),
    plain: (message) => {
      const { kind, type, data } = checkedMessage(name, message)
      return {
        type,
        schema: kind === "event" ? evolution.current(type) ?? 1 : 1,
        data: entryOf(tables[kind], name, kind, type).encode(data),
      }
    },
    jsonSchemas: (kind) =>
      Object.fromEntries([...tables[kind]].map(([type, codec]) => [type, codec.jsonSchema()])),
    schemas: (kind) =>
      Object.fromEntries(
        Object.entries(messages[kind]).map(([type, fields]) => [type, Schema.Struct(fields)]),
      ),
  }
}

/** The fields of an event that was stored as Protobuf. Throws `Invalid`. */
const readStored = (
  name: string,
  protobuf: ProtobufCodec | undefined,
  { type, schema, data }: PlainMessage,
): unknown => {
  const { bytes } = data as StoredProtobuf
  try {
    if (!protobuf) throw new TypeError("this code has no Protobuf numbers for it")
    return protobuf.read(type, bytes, { ...STORED_PROTOBUF, version: schema })
  } catch (error) {
    const message = `the event ${name} ${type} was stored as Protobuf: ${messageOf(error)}`
    throw new Invalid({ message })
  }
}

const checkContext = (context: string, what: string): void => {
  const [, why] = RESERVED_CONTEXTS.find(([reserved]) => reserved.test(context)) ?? []
  if (why !== undefined) {
    throw new TypeError(`${what} cannot be in the context "${context}", ${why}`)
  }
  if (context.length <= CONTEXT_CHARACTERS) return
  throw new TypeError(
    `${what} is in a context of ${context.length} characters: use at most ` +
      `${CONTEXT_CHARACTERS}, because Postgres cuts the name of its schema there`,
  )
}

/**
 * Splits `<context>.<name>`. Throws `TypeError` for another form, or a context that cannot be used;
 * `what` says in the error what has the name.
 */
export const splitName = (name: string, what: string): { context: string; local: string } => {
  const [context = "", local = "", ...rest] = name.split(".")
  checkContext(context, `${what} "${name}"`)
  if (NAME.test(context) && NAME.test(local) && rest.length === 0) return { context, local }
  throw new TypeError(
    `${what} "${name}" must be called <context>.<name>, each of a-z, 0-9 and dashes`,
  )
}

const OPTIONS: { readonly [Name in keyof ContractOptions<never, never, never, never>]-?: true } = {
  commands: true,
  internal: true,
  events: true,
  rejections: true,
  upcasts: true,
  idempotencyWindow: true,
  protobuf: true,
  stored: true,
}

/** The window in milliseconds. Throws `TypeError` for one that cannot be kept. */
const windowOf = (name: string, given: Duration.Input): number => {
  const duration = Duration.fromInput(given)
  const ms = Option.isSome(duration) ? Duration.toMillis(duration.value) : Number.NaN
  const { shortestMs, longestMs } = IDEMPOTENCY_WINDOW
  if (ms >= shortestMs && ms <= longestMs) return ms
  throw new TypeError(`${name}: idempotencyWindow must be a duration from 1 second to 30 days`)
}

const checkStored = (name: string, stored: string, numbers: unknown): void => {
  if (stored !== "msgpack" && stored !== "protobuf") {
    throw new TypeError(`${name}: stored must be "msgpack" or "protobuf"`)
  }
  if (stored === "msgpack" || numbers !== undefined) return
  throw new TypeError(
    `${name}: stored: "protobuf" needs the numbers of its fields: run leftfold schema proto, and ` +
      "give what it writes as protobuf",
  )
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
