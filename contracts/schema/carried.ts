/** Whether a schema's values can be stored and sent: each must come back as it was. */
import { Schema, SchemaAST } from "effect"

type Ast = SchemaAST.AST

const { isArrays, isDeclaration, isObjects, isOptional, isSuspend, isUnion } = SchemaAST

/** The most parts that are examined: a schema that creates its own parts can have no end. */
const MOST_PARTS = 10_000

/** A part of a schema, and where it is. */
interface Part {
  readonly ast: Ast
  readonly path: string
}

const under = (path: string, name: string): string => path === "" ? name : `${path}.${name}`

/** The parts of which a typed value consists, before it is encoded. */
const partsOf = ({ ast, path }: Part): readonly Part[] => {
  const encoded = ast.encoding?.map(({ to }) => ({ ast: to, path })) ?? []
  if (isSuspend(ast)) return [...encoded, { ast: ast.thunk(), path }]
  if (isUnion(ast)) return [...encoded, ...ast.types.map((type) => ({ ast: type, path }))]
  if (isArrays(ast)) {
    const items = [...ast.elements, ...ast.rest]
    return [...encoded, ...items.map((item) => ({ ast: item, path: under(path, "*") }))]
  }
  if (isDeclaration(ast)) {
    return [...encoded, ...ast.typeParameters.map((type) => ({ ast: type, path }))]
  }
  if (!isObjects(ast)) return encoded
  const properties = ast.propertySignatures.map(({ name, type }) => ({
    ast: type,
    path: under(path, String(name)),
  }))
  const indexed = ast.indexSignatures.map(({ type }) => ({ ast: type, path: under(path, "*") }))
  return [...encoded, ...properties, ...indexed]
}

const allParts = (root: Ast): readonly Part[] => {
  const found: Part[] = [{ ast: root, path: "" }]
  const seen = new Set([root])
  for (const part of found) {
    for (const each of partsOf(part)) {
      if (seen.has(each.ast)) continue
      seen.add(each.ast)
      found.push(each)
    }
    if (found.length > MOST_PARTS) break
  }
  return found
}

/** The alternatives of a union, those of unions within it included. */
export const membersOf = (ast: Ast): readonly Ast[] =>
  isUnion(ast) && !ast.encoding ? ast.types.flatMap(membersOf) : [ast]

const isAbsent = ({ _tag, encoding }: Ast): boolean =>
  !encoding && (_tag === "Undefined" || _tag === "Void")

/** Whether null is a value of its own, and not only the plain form of undefined. */
const isNull = ({ _tag, encoding }: Ast): boolean =>
  !encoding && (_tag === "Null" || _tag === "Unknown")

const isNullish = (ast: Ast): boolean => {
  const members = membersOf(ast)
  return members.some(isAbsent) && members.some(isNull)
}

/** The schema of what is stored for a schema. */
export const plainOf = (ast: Ast): Ast =>
  SchemaAST.toEncoded(Schema.toCodecJson(Schema.make(ast)).ast)

/** The types whose plain form is a text, and never one of digits only. */
const NO_DIGITS: ReadonlySet<unknown> = new Set(
  [Schema.Date, Schema.DateTimeUtc, Schema.DateTimeZoned, Schema.URL].map(({ ast }) => ast.run),
)

/** What a typed value is: two alternatives of one kind have values of one type. */
const kindOf = (ast: Ast): unknown => isDeclaration(ast) ? ast.run : ast._tag

/** Whether any text is a value of this type. Checks make it a text of some form. */
const isText = (ast: Ast): boolean => ast._tag === "String" && !ast.encoding && !ast.checks

/** Whether it has numbers whose plain form is a text: NaN and both infinities. */
const mayBeNaN = (ast: Ast): boolean =>
  ast._tag === "Number" && !ast.encoding && isUnion(plainOf(ast))

/** Whether the plain form of a type may be that of another type, too. */
const isWide = (ast: Ast): boolean =>
  isText(ast) || mayBeNaN(ast) || isArrays(ast) || isDeclaration(ast) || ast._tag === "BigInt" ||
  ast._tag === "Symbol" || ast.encoding !== undefined

interface Alternative {
  readonly ast: Ast
  readonly kind: unknown
  /** The types of its plain form. */
  readonly plain: ReadonlySet<string>
}

const alternativeOf = (ast: Ast): Alternative => ({
  ast,
  kind: kindOf(ast),
  plain: new Set(membersOf(plainOf(ast)).map(({ _tag }) => _tag)),
})

/** Whether two alternatives have plain forms that cannot be told apart. */
const areAlike = (one: Alternative, other: Alternative): boolean => {
  if (one.kind === other.kind) return false
  const both = (tag: string) => one.plain.has(tag) && other.plain.has(tag)
  if (both("Arrays")) return true
  // Only a text of any form can be "NaN"; digits, dates and the like cannot.
  const texts = [one, other].filter(({ ast }) => isText(ast))
  if (texts.length === 1 && [one, other].some(({ ast }) => mayBeNaN(ast))) return true
  if (!both("String")) return false
  const kinds = [one.kind, other.kind]
  return !(kinds.includes("BigInt") && kinds.some((kind) => NO_DIGITS.has(kind)))
}

/** Why the values of a union do not come back as they were; undefined if they do. */
const confusionIn = (ast: Ast): string | undefined => {
  const members = membersOf(ast).filter(isWide)
  if (members.length < 2) return undefined
  const alternatives = members.map(alternativeOf)
  for (const [index, one] of alternatives.entries()) {
    const other = alternatives.slice(index + 1).find((each) => areAlike(one, each))
    if (other === undefined) continue
    return `${nameOf(one.ast)} and ${nameOf(other.ast)} look alike once stored: put them under ` +
      "different fields, or tag them"
  }
  return undefined
}

const nameOf = (ast: Ast): string => {
  const { identifier, expected } = (ast.annotations ?? {}) as Record<string, unknown>
  return String(identifier ?? expected ?? ast._tag)
}

/** Why a part of a schema has values that cannot be carried; undefined if it does not. */
const faultIn = ({ ast }: Part): string | undefined => {
  if (ast._tag === "Any" && !ast.encoding) {
    return "Schema.Any takes values that have no plain form: use Schema.Json or Schema.Unknown"
  }
  if (ast._tag === "UniqueSymbol" && !ast.encoding && Symbol.keyFor(ast.symbol) === undefined) {
    return "a symbol is carried by its key: make it with Symbol.for"
  }
  if (isDeclaration(ast) && !ast.encoding) {
    const { toCodecJson, toCodec } = (ast.annotations ?? {}) as Record<string, unknown>
    if (toCodecJson === undefined && toCodec === undefined) {
      return `${nameOf(ast)} has no plain form: annotate it with toCodecJson, or use Schema.Class`
    }
  }
  if (isObjects(ast)) {
    const names = ast.propertySignatures.map(({ name }) => name)
    if (names.includes("__proto__")) return 'no message can have a field called "__proto__"'
    const symbol = names.find((name) => typeof name === "symbol")
    if (symbol) return `the field ${String(symbol)} must have a text as its name`
  }
  if (isUnion(ast) && !ast.encoding) {
    if (isNullish(ast) && !isOptional(ast)) {
      return "it can be both null and undefined, and only null is stored: allow one of them, or " +
        "make it optional"
    }
    return confusionIn(ast)
  }
  return undefined
}

/**
 * Checks that the values of a schema come back as they were once they are stored or sent. Throws
 * `TypeError` with `what` and the field if they cannot.
 */
export const checkCarried = (root: Ast, what: string): void => {
  for (const part of allParts(root)) {
    const fault = faultIn(part)
    if (fault === undefined) continue
    const where = part.path === "" ? "" : ` at ${part.path}`
    throw new TypeError(`${what} cannot be carried${where}: ${fault}`)
  }
}

/** The names of optional fields that can also be null: undefined must not become null there. */
export const omittedNames = (root: Ast): ReadonlySet<string> =>
  new Set(
    allParts(root).flatMap(({ ast }) => isObjects(ast) ? ast.propertySignatures : [])
      .filter(({ type }) => isOptional(type) && isNullish(type))
      .map(({ name }) => String(name)),
  )

const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The same value without the fields of these names that are undefined. */
export const withoutUndefined = (value: unknown, names: ReadonlySet<string>): unknown => {
  if (Array.isArray(value)) return value.map((each) => withoutUndefined(each, names))
  if (!isPlainObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).filter(([name, each]) => each !== undefined || !names.has(name))
      .map(([name, each]) => [name, withoutUndefined(each, names)]),
  )
}
