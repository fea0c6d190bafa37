/** Descriptors: how the plain form of a message is written as Protobuf, made from its numbers. */
import type { NumberedMessage, ProtobufNumbers } from "./numbers.ts"

/** What one value is on the wire. `raw` is bytes as they are, `null` the null of any JSON. */
export type Kind =
  | "string"
  | "int64"
  | "double"
  | "bool"
  | "bytes"
  | "raw"
  | "timestamp"
  | "null"
  | "message"

/** A field of a message. */
export interface Field {
  readonly number: number
  readonly name: string
  readonly kind: Kind
  readonly label: "optional" | "nullable" | "repeated" | "map"
  /** The message of a field of that kind. */
  readonly message?: Descriptor
  readonly from: number
  readonly to: number
  /** How many bytes a value has at least, with its tag. */
  readonly wireType: 0 | 1 | 2
}

/** A message. */
export interface Descriptor {
  readonly name: string
  readonly form: "fields" | "box" | "oneof"
  /** The field that names the alternative of a tagged union. */
  readonly tag: string | undefined
  /** Every field that there ever was, by number. */
  readonly byNumber: ReadonlyMap<number, Field>
  /** The fields that are written today, by name. */
  readonly byName: ReadonlyMap<string, Field>
  /** The fields that are there in the plain form even if nothing was written. */
  readonly filled: readonly Field[]
}

/** A descriptor while it is made: messages can contain themselves. */
interface Making {
  name: string
  form: Descriptor["form"]
  tag: string | undefined
  byNumber: Map<number, Field>
  byName: Map<string, Field>
  filled: Field[]
}

const WIRE_TYPES: { readonly [K in Kind]: Field["wireType"] } = {
  string: 2,
  int64: 0,
  double: 1,
  bool: 0,
  bytes: 2,
  raw: 2,
  timestamp: 2,
  null: 0,
  message: 2,
}

/** A field as somebody writes it down. */
export interface FieldOptions {
  readonly number: number
  readonly name: string
  readonly kind: Kind
  readonly label?: Field["label"]
  readonly message?: Descriptor
  readonly from?: number
  readonly to?: number
}

const fieldOf = (
  { number, name, kind, label = "optional", message, from = 1, to = Infinity }: FieldOptions,
): Field => {
  const field = { number, name, kind, label, from, to, wireType: WIRE_TYPES[kind] }
  return message ? { ...field, message } : field
}

const making = (
  name: string,
  form: Descriptor["form"] = "fields",
  tag: string | undefined = undefined,
): Making => ({ name, form, tag, byNumber: new Map(), byName: new Map(), filled: [] })

const add = (descriptor: Making, options: FieldOptions): void => {
  const field = fieldOf(options)
  descriptor.byNumber.set(field.number, field)
  // A name that changed its kind has two numbers: the newer one is written.
  const known = descriptor.byName.get(field.name)
  if (field.to === Infinity && !(known && known.number > field.number)) {
    descriptor.byName.set(field.name, field)
  }
  if (field.label !== "optional") descriptor.filled.push(field)
}

/** A message with these fields. */
export const descriptorOf = (
  name: string,
  fields: readonly FieldOptions[],
  form: Descriptor["form"] = "fields",
): Descriptor => {
  const descriptor = making(name, form)
  fields.forEach((field) => add(descriptor, field))
  return descriptor
}

const anyValue = (): Descriptor => {
  const value = making("google.protobuf.Value", "oneof")
  const members = descriptorOf("google.protobuf.Struct", [
    { number: 1, name: "value", kind: "message", label: "map", message: value },
  ], "box")
  const list = descriptorOf("google.protobuf.ListValue", [
    { number: 1, name: "value", kind: "message", label: "repeated", message: value },
  ], "box")
  add(value, { number: 1, name: "null", kind: "null" })
  add(value, { number: 2, name: "number", kind: "double" })
  add(value, { number: 3, name: "string", kind: "string" })
  add(value, { number: 4, name: "boolean", kind: "bool" })
  add(value, { number: 5, name: "object", kind: "message", message: members })
  add(value, { number: 6, name: "array", kind: "message", message: list })
  return value
}

/** Any JSON value: `google.protobuf.Value`. */
export const ANY_VALUE: Descriptor = anyValue()

/** The fields of any JSON object: `google.protobuf.Struct`. */
export const ANY_MEMBERS: Descriptor = ANY_VALUE.byName.get("object")!.message!

/** The descriptors of all messages, by name. The numbers were checked. */
export const descriptorsOf = ({ messages }: ProtobufNumbers): ReadonlyMap<string, Descriptor> => {
  const made = new Map<string, Making>()
  for (const [name, { form, tag }] of Object.entries(messages)) {
    made.set(name, making(name, form as Descriptor["form"], tag))
  }
  for (const [name, { fields }] of Object.entries<NumberedMessage>(messages)) {
    for (const { kind, label, ...rest } of fields) {
      const message = kind === "value" ? ANY_VALUE : made.get(kind)
      const known: FieldOptions = message
        ? { ...rest, kind: "message", message }
        : { ...rest, kind: kind as Kind }
      add(made.get(name)!, label ? { ...known, label: label as Field["label"] } : known)
    }
  }
  return made
}
