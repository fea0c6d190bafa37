/** Converts a contract's messages between their typed and their plain form. */
import { Schema } from "effect"
import { Invalid, NotFound } from "./errors.ts"
import { Evolution, type Upcasts } from "./evolution.ts"
import { STORED_PROTOBUF } from "./limits.ts"
import type { Fields, Message, MessageKind, Messages } from "./message.ts"
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

/** The codec of a contract: its messages, their history, and their Protobuf numbers. */
export const codecOf = (
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
