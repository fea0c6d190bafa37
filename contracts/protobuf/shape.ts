/** The Protobuf shape of a schema: which messages and fields its plain form needs. */
import { Schema, SchemaAST } from "effect"
import { NUMBERS } from "../limits.ts"
import { membersOf, plainOf } from "../schema/carried.ts"

type Ast = SchemaAST.AST

/** A field without its number. */
export interface ShapeField {
  readonly name: string
  readonly kind: string
  readonly label: "optional" | "nullable" | "repeated" | "map"
  /** Whether a message without it is refused. */
  readonly required: boolean
  /** What the schema says of it, for people. */
  readonly comment?: string | undefined
}

/** A message without its numbers. */
export interface ShapeMessage {
  readonly form: "fields" | "box" | "oneof"
  readonly tag?: string | undefined
  readonly fields: readonly ShapeField[]
}

/** The messages of a shape, by name: the message itself, and the parts it consists of. */
export type ProtobufShape = ReadonlyMap<string, ShapeMessage>

/** What a value is: one of a kind, many, or null. */
interface Use {
  readonly kind: string
  readonly label: "one" | "repeated" | "map"
  readonly nullable: boolean
  readonly comment?: string | undefined
}

const { isArrays, isDeclaration, isObjects, isOptional, isSuspend, isUnion } = SchemaAST

const one = (kind: string, comment?: string): Use => ({
  kind,
  label: "one",
  nullable: false,
  comment,
})

const ANY = one("value")

const TIMES: ReadonlySet<unknown> = new Set(
  [Schema.Date, Schema.DateTimeUtc].map(({ ast }) => ast.run),
)
const BYTES: unknown = Schema.Uint8Array.ast.run

const upper = (name: string): string =>
  name.split(/[^A-Za-z0-9]+/).map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("")

/** The name of the part that a field holds. */
const partName = (parent: string, field: string): string => {
  const name = upper(field)
  return `${parent}.${/^[A-Z]/.test(name) ? name : `Part${name}`}`
}

const isInt = ({ checks }: Ast): boolean =>
  (checks ?? []).some((check) => {
    const { representation } = (check.annotations ?? {}) as {
      readonly representation?: { readonly id?: unknown }
    }
    return representation?.id === "effect/schema/isInt"
  })

const isNull = ({ _tag }: Ast): boolean => ["Null", "Undefined", "Void"].includes(_tag)

const commentOf = ({ annotations }: Ast): string | undefined => {
  const { description } = (annotations ?? {}) as { readonly description?: unknown }
  return typeof description === "string" ? description : undefined
}

/** How the plain form of a kind looks, as alternatives of unions are told apart. */
const PLAIN_TYPE: { readonly [kind: string]: string } = {
  string: "string",
  bytes: "string",
  timestamp: "string",
  int64: "number",
  double: "number",
  bool: "boolean",
}

/** The literal that each of these structs has in one field: the tag of a tagged union. */
const tagOf = (structs: readonly Ast[]): string | undefined => {
  const literalsAt = (ast: Ast): ReadonlyMap<string, string> => {
    if (!isObjects(ast) || ast.encoding || ast.indexSignatures.length > 0) return new Map()
    const entries = ast.propertySignatures.flatMap(({ name, type }) => {
      const { literal } = type as { readonly literal?: unknown }
      const isTag = type._tag === "Literal" && !type.encoding && !isOptional(type)
      return isTag && typeof literal === "string" ? [[String(name), literal] as const] : []
    })
    return new Map(entries)
  }
  const all = structs.map(literalsAt)
  return [...all[0]?.keys() ?? []].find((name) =>
    new Set(all.map((literals) => literals.get(name))).size === structs.length &&
    all.every((literals) => literals.has(name))
  )
}

class Shaping {
  readonly messages = new Map<string, ShapeMessage>()
  /** The structs that are being described: one that contains itself is named, not repeated. */
  readonly #open = new Map<Ast, string>()

  struct(ast: Ast, name: string, but?: string): void {
    if (!isObjects(ast)) throw new TypeError(`${name} has no fields`)
    // Taken at once, so that no part of it gets its name.
    this.messages.set(name, { form: "fields", fields: [] })
    this.#open.set(ast, name)
    const fields = ast.propertySignatures.filter((property) => property.name !== but)
      .map(({ name: field, type }) => this.#property(String(field), type, name))
    this.#open.delete(ast)
    this.messages.set(name, { form: "fields", fields })
  }

  #property(name: string, given: Ast, parent: string): ShapeField {
    const type = given.encoding ? SchemaAST.toEncoded(given) : given
    const optional = isOptional(type)
    const path = partName(parent, name)
    const use = this.#use(type, path)
    const comment = commentOf(given) ?? use.comment
    const nullable = use.nullable &&
      (!optional || membersOf(type).some(({ _tag }) => _tag === "Null"))
    const field = { name, required: !optional && !use.nullable, comment }
    if (use.label !== "one" && !optional && !nullable) {
      return { ...field, kind: use.kind, label: use.label }
    }
    if (optional && nullable) {
      return { ...field, kind: this.#single({ ...use, nullable }, path), label: "optional" }
    }
    const kind = this.#single({ ...use, nullable: false }, path)
    return { ...field, kind, label: nullable ? "nullable" : "optional" }
  }

  /** The kind of one value that is never null: a list, a map or what can be null is in a box. */
  #single({ kind, label, nullable }: Use, name: string): string {
    const boxed = label === "one"
      ? kind
      : this.#box(`${name}${label === "map" ? "Map" : "List"}`, kind, label)
    return nullable ? this.#box(`${name}Box`, boxed, "nullable") : boxed
  }

  #box(wanted: string, kind: string, label: ShapeField["label"]): string {
    const name = this.#free(wanted)
    const fields = [{ name: "value", kind, label, required: false }]
    this.messages.set(name, { form: "box", fields })
    return name
  }

  #free(wanted: string): string {
    let name = wanted
    for (let number = 2; this.messages.has(name); number++) name = `${wanted}${number}`
    return name
  }

  #use(ast: Ast, name: string): Use {
    if (name.split(".").length > NUMBERS.levels) return ANY
    if (ast.encoding) return this.#use(SchemaAST.toEncoded(ast), name)
    if (isSuspend(ast)) return this.#use(ast.thunk(), name)
    if (isUnion(ast)) return this.#union(ast, name)
    if (isArrays(ast)) return this.#list(ast, name)
    if (isObjects(ast)) return this.#object(ast, name)
    if (isDeclaration(ast)) return this.#declared(ast, name)
    return this.#scalar(ast)
  }

  #scalar(ast: Ast): Use {
    switch (ast._tag) {
      case "String":
      case "TemplateLiteral":
        return one("string")
      case "BigInt":
        return one("string", "A whole number of any size, as text.")
      case "Symbol":
      case "UniqueSymbol":
        return one("string")
      case "Number":
        return one(isInt(ast) ? "int64" : "double")
      case "Boolean":
        return one("bool")
      case "Null":
      case "Undefined":
      case "Void":
        return { ...ANY, nullable: false }
      case "Literal": {
        const { literal } = ast as { readonly literal?: unknown }
        if (typeof literal === "string") return one("string", `Always "${literal}".`)
        if (typeof literal === "boolean") return one("bool")
        return typeof literal === "number" ? one("double") : one("string")
      }
      default:
        return ANY
    }
  }

  #declared(ast: Ast, name: string): Use {
    const { run } = ast as { readonly run?: unknown }
    if (TIMES.has(run)) return one("timestamp")
    if (run === BYTES) return one("bytes")
    const plain = plainOf(ast)
    return isDeclaration(plain) ? ANY : this.#use(plain, name)
  }

  #list(
    ast: Ast & { readonly elements: readonly Ast[]; readonly rest: readonly Ast[] },
    name: string,
  ) {
    const [item, ...others] = ast.rest
    // A list that is not empty has its item twice: as its first element, and as the rest.
    const isTuple = ast.elements.some((element) => element !== item)
    if (isTuple || !item || others.length > 0) return ANY
    const use = this.#use(item, name)
    return { ...use, kind: this.#single(use, name), label: "repeated", nullable: false } as const
  }

  #object(ast: Ast, name: string): Use {
    if (!isObjects(ast)) return ANY
    const [index, ...others] = ast.indexSignatures
    if (index) {
      if (ast.propertySignatures.length > 0 || others.length > 0) return ANY
      const use = this.#use(index.type, name)
      return { ...use, kind: this.#single(use, name), label: "map", nullable: false }
    }
    const open = this.#open.get(ast)
    if (open !== undefined) return one(open)
    const part = this.#free(name)
    this.struct(ast, part)
    return one(part)
  }

  #union(ast: Ast, name: string): Use {
    const members = membersOf(ast)
    const there = members.filter((member) => !isNull(member) || member.encoding)
    const nullable = there.length < members.length
    if (there.length === 0) return ANY
    const [only, ...others] = there
    const use = others.length === 0 ? this.#use(only!, name) : this.#alternatives(there, name)
    return use.kind === "value" ? use : { ...use, nullable: nullable || use.nullable }
  }

  #alternatives(members: readonly Ast[], name: string): Use {
    const literals = members.map((member) => (member as { readonly literal?: unknown }).literal)
    if (
      members.every(({ _tag }) => _tag === "Literal") &&
      literals.every((each) => typeof each === "string")
    ) {
      const shown = literals.slice(0, 20).map((each) => JSON.stringify(each)).join(", ")
      return one("string", `One of: ${shown}${literals.length > 20 ? ", …" : ""}.`)
    }
    const tag = members.every(isObjects) ? tagOf(members) : undefined
    if (tag !== undefined) return this.#tagged(members, tag, name)
    const uses = members.map((member) => isObjects(member) ? ANY : this.#use(member, name))
    const kinds = new Map<string, string>()
    for (const { kind, label, nullable } of uses) {
      const type = PLAIN_TYPE[kind]
      if (type === undefined || label !== "one" || nullable) return ANY
      // A text that is a time, bytes or anything else is a text; a number may be a fraction.
      kinds.set(type, !kinds.has(type) || kinds.get(type) === kind ? kind : widest(type))
    }
    const [[, kind] = ["", ""], ...others] = [...kinds]
    if (others.length === 0) return one(kind)
    const choice = this.#free(`${name}Choice`)
    const fields = [...kinds].map(([name, kind]) => alternative(name, kind))
    this.messages.set(choice, { form: "oneof", fields })
    return one(choice)
  }

  #tagged(members: readonly Ast[], tag: string, name: string): Use {
    const choice = this.#free(`${name}Choice`)
    this.messages.set(choice, { form: "oneof", tag, fields: [] })
    const fields = members.map((member) => {
      if (!isObjects(member)) throw new TypeError(`${name} has an alternative without fields`)
      const type = member.propertySignatures.find((each) => each.name === tag)!.type
      const literal = String((type as { readonly literal?: unknown }).literal)
      const part = this.#free(partName(choice, literal))
      this.struct(member, part, tag)
      return alternative(literal, part)
    })
    this.messages.set(choice, { form: "oneof", tag, fields })
    return one(choice)
  }
}

const widest = (type: string): string => type === "number" ? "double" : "string"

const alternative = (name: string, kind: string): ShapeField => ({
  name,
  kind,
  label: "optional",
  required: false,
})

/** The shape of a message with these fields. */
export const shapeOfFields = (schema: Schema.Codec<object, unknown>, name: string) => {
  const shaping = new Shaping()
  shaping.struct(schema.ast, name)
  return shaping.messages as ProtobufShape
}
