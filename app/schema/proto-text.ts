/** The text of a `.proto` file: the messages of one contract with their numbers. */
import type {
  AnyContract,
  NumberedField,
  NumberedMessage,
  ProtobufNumbers,
  ProtobufShape,
  ShapeField,
} from "../../contracts/internal.ts"
import { fieldNames, jsonName, snake } from "./proto-names.ts"

const TYPES: { readonly [kind: string]: string } = {
  string: "string",
  int64: "int64",
  double: "double",
  bool: "bool",
  bytes: "bytes",
  timestamp: ".google.protobuf.Timestamp",
  value: ".google.protobuf.Value",
}

const IMPORTS: { readonly [kind: string]: string } = {
  timestamp: "google/protobuf/timestamp.proto",
  value: "google/protobuf/struct.proto",
}

/** The package of a contract. */
const packageOf = ({ context, actor }: AnyContract): string =>
  `${snake(context)}.${snake(actor)}.v1`

/** The path of a contract's file. */
export const protoPath = ({ context, actor }: AnyContract): string =>
  `${snake(context)}/${snake(actor)}/v1/${snake(actor)}.proto`

const comment = (indent: string, text: string): string[] =>
  text.split("\n").map((line) => `${indent}// ${line}`.trimEnd())

/** Writes the messages of one contract. */
class Text {
  readonly #package: string
  readonly #messages: ProtobufNumbers["messages"]
  readonly #shapes: ProtobufShape
  readonly #labels: ReadonlyMap<string, string>

  constructor(
    contract: AnyContract,
    { messages }: ProtobufNumbers,
    shapes: ProtobufShape,
    labels: ReadonlyMap<string, string>,
  ) {
    this.#package = packageOf(contract)
    this.#messages = messages
    this.#shapes = shapes
    this.#labels = labels
  }

  /** The lines of a message and of the parts that it consists of. */
  message(name: string, indent: string): string[] {
    const { fields, form = "fields", tag } = this.#messages[name]!
    const local = name.slice(name.lastIndexOf(".") + 1)
    const inside = `${indent}  `
    const label = this.#labels.get(name)
    const isFormer = !name.includes(".") && label === undefined
    const parts = Object.keys(this.#messages)
      .filter((part) => part.startsWith(`${name}.`) && !part.slice(name.length + 1).includes("."))
    const lines = [
      ...parts.flatMap((part) => this.message(part, inside)),
      ...this.#reserved(fields, inside),
      ...(form === "oneof"
        ? this.#oneof(name, fields, inside)
        : this.#fields(name, fields, inside)),
    ]
    const about = isFormer ? "Is not sent or stored any longer." : label ?? this.#about(form, tag)
    return [
      ...(about === undefined ? [] : comment(indent, about)),
      `${indent}message ${local} {`,
      ...(isFormer ? [`${inside}option deprecated = true;`] : []),
      ...lines,
      `${indent}}`,
    ]
  }

  #about(form: string, tag: string | undefined): string | undefined {
    if (form === "box") return "One value, so that it can be absent, or in a list."
    if (form !== "oneof") return undefined
    return tag === undefined ? "One of several." : `One of several: in JSON, "${tag}" says which.`
  }

  #fields(name: string, fields: readonly NumberedField[], indent: string): string[] {
    const names = fieldNames(fields)
    return fields.filter(({ to }) => to === undefined).flatMap((field) => {
      const { kind, label = "optional", number } = field
      const type = this.#typeOf(kind, name)
      const typed = label === "repeated"
        ? `repeated ${type}`
        : label === "map"
        ? `map<string, ${type}>`
        : `optional ${type}`
      return this.#field(name, field, `${typed} ${names.get(number)!}`, indent)
    })
  }

  #oneof(name: string, fields: readonly NumberedField[], indent: string): string[] {
    const names = fieldNames(fields)
    const live = fields.filter(({ to }) => to === undefined)
    const isTaken = [...names.values()].includes("alternative")
    const lines = live.flatMap((field) =>
      this.#field(
        name,
        field,
        `${this.#typeOf(field.kind, name)} ${names.get(field.number)!}`,
        `${indent}  `,
      )
    )
    return [
      `${indent}oneof ${isTaken ? "one_alternative" : "alternative"} {`,
      ...lines,
      `${indent}}`,
    ]
  }

  #field(message: string, field: NumberedField, text: string, indent: string): string[] {
    const shape = this.#shapes.get(message)?.fields.find(({ name }) => name === field.name)
    const written = text.slice(text.lastIndexOf(" ") + 1)
    const isJson = /^[A-Za-z0-9_-]+$/.test(field.name)
    const isAlternative = this.#messages[message]!.form === "oneof"
    const differs = isJson && !isAlternative && jsonName(written) !== field.name
    const option = differs ? ` [json_name = "${field.name}"]` : ""
    return [
      ...this.#comments(field, shape, isJson).flatMap((line) => comment(indent, line)),
      `${indent}${text} = ${field.number}${option};`,
    ]
  }

  #comments(
    { name, label }: NumberedField,
    shape: ShapeField | undefined,
    isJson: boolean,
  ): string[] {
    return [
      ...(isJson ? [] : [`Called ${JSON.stringify(name)} in JSON.`]),
      ...(shape?.comment === undefined ? [] : [shape.comment]),
      ...(shape?.required && label === undefined ? ["Required."] : []),
      ...(label === "nullable" ? ["Null if it is absent."] : []),
    ]
  }

  /** The numbers of what is gone. A name may come back, with another number. */
  #reserved(fields: readonly NumberedField[], indent: string): string[] {
    return fields.filter(({ to }) => to !== undefined)
      .map(({ number, name, kind }) => `${indent}reserved ${number}; // ${snake(name)}: ${kind}`)
  }

  #typeOf(kind: string, within: string): string {
    // A part of this message is found by its own name, before anything else.
    const isPart = kind.startsWith(`${within}.`) && !kind.slice(within.length + 1).includes(".")
    return TYPES[kind] ?? (isPart ? kind.slice(within.length + 1) : `.${this.#package}.${kind}`)
  }
}

const importsOf = (messages: readonly NumberedMessage[]): string[] => {
  const kinds = new Set(
    messages.flatMap(({ fields }) =>
      fields.filter(({ to }) => to === undefined).map(({ kind }) => kind)
    ),
  )
  return Object.entries(IMPORTS).filter(([kind]) => kinds.has(kind)).map(([, path]) => path)
    .toSorted()
}

/**
 * The file of a contract. `labels` says what each message is, such as `A command.`; a message
 * without a label is one of a former release.
 */
export const protoText = (
  contract: AnyContract,
  numbers: ProtobufNumbers,
  shapes: ProtobufShape,
  labels: ReadonlyMap<string, string>,
): string => {
  const text = new Text(contract, numbers, shapes, labels)
  const order = [...labels.keys()]
  const roots = Object.keys(numbers.messages).filter((name) => !name.includes("."))
    .toSorted((one, other) =>
      (order.indexOf(one) + 1 || Infinity) - (order.indexOf(other) + 1 || Infinity)
    )
  const imports = importsOf(Object.values(numbers.messages))
  return [
    `// The messages of ${contract.name}. Written by leftfold schema proto: do not edit.`,
    'syntax = "proto3";',
    "",
    `package ${packageOf(contract)};`,
    ...(imports.length === 0 ? [] : ["", ...imports.map((path) => `import "${path}";`)]),
    ...roots.flatMap((name) => ["", ...text.message(name, "")]),
    "",
  ].join("\n")
}
