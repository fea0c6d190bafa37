/** Checks values and converts them between a typed form and a plain one, which JSON can carry. */
import { Cause, Result, Schema, SchemaAST, SchemaIssue } from "effect"
import { enable } from "effect/schema/SchemaJITCompiler"
import { checkCarried, omittedNames, withoutUndefined } from "./carried.ts"
import { boundedDecode, countValues } from "./bounded-decode.ts"
import { Invalid, type Issue } from "../errors.ts"
import { ISSUE_CHARACTERS, ISSUES_REPORTED, LISTED_FIELDS, LISTED_VALUES } from "../limits.ts"
import { nearest } from "../nearest.ts"
import { plainValue } from "./plain-value.ts"
import { costOf } from "./schema-cost.ts"
import { isUnchanged } from "./unchanged.ts"
import { type Suspects, suspectsOf } from "./unknown-fields.ts"

/** A schema made ready for the hot path: compiled once, used for every message. */
export interface SchemaCodec<T> {
  /**
   * The typed value. Throws `Invalid` that names the fields that do not fit the schema. A field
   * that the schema does not know is left out of our own values, and invalid in those of others.
   */
  readonly decode: (plain: unknown) => T
  /**
   * The plain value, as it is once it was written and read again. Throws `Invalid` when the value
   * is not of the schema's type, or has a field that the schema does not know.
   */
  readonly encode: (value: T) => unknown
  /** What will be read where this plain value, which `encode` gave, was written. */
  readonly reread: (plain: unknown) => T
  /** The JSON Schema (draft 2020-12) of the plain form. */
  readonly jsonSchema: () => Record<string, unknown>
}

/** How a codec is used. */
export interface SchemaCodecOptions {
  /**
   * Whether anybody can have sent the decoded values. If so, a value that costs more to check than
   * its size explains is invalid, and so is one with an unknown field. Values of our own were
   * checked before they were stored, maybe by another version, so they are read at any cost.
   */
  readonly fromAnybody?: boolean
}

type Parse = (
  value: unknown,
  options: SchemaAST.ParseOptions,
) => Result.Result<unknown, Schema.SchemaError>

const pathOf = (path: readonly unknown[] | undefined): string =>
  (path ?? []).map((part) => {
    const key = typeof part === "object" && part !== null && "key" in part ? part.key : part
    return String(key)
  }).join(".")

const short = (text: string): string =>
  text.length <= ISSUE_CHARACTERS ? text : `${text.slice(0, ISSUE_CHARACTERS)}…`

const fieldsOf = (ast: SchemaAST.AST): string[] =>
  SchemaAST.isObjects(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []

/** Says that a field is not known, and which one was probably meant. */
const unknownField = (path: string, known: readonly string[]): string => {
  const name = path.slice(path.lastIndexOf(".") + 1)
  const meant = nearest(name, known)
  const there = known.slice(0, LISTED_FIELDS).join(", ") || "none"
  const more = known.length > LISTED_FIELDS ? ", …" : ""
  const hint = meant === undefined ? `there are: ${there}${more}` : `did you mean "${meant}"?`
  return `Expected no field "${short(name)}" (${hint})`
}

const issuesOf = (found: SchemaIssue.Issue): Issue[] => {
  const unknown = new Map<string, readonly string[]>()
  const leafHook: SchemaIssue.LeafHook = (leaf) => {
    if (leaf._tag !== "UnexpectedKey") return SchemaIssue.defaultLeafHook(leaf)
    const token = `unknown field ${unknown.size}`
    unknown.set(token, fieldsOf(leaf.ast))
    return token
  }
  const { issues } = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook })(found)
  // Each alternative of a union says for itself that it does not know a field.
  const known = new Map<string, string[]>()
  for (const { path, message } of issues) {
    const names = unknown.get(message)
    if (names) known.set(pathOf(path), [...known.get(pathOf(path)) ?? [], ...names])
  }
  const said = new Set<string>()
  return issues.flatMap((issue) => {
    const path = pathOf(issue.path)
    const isUnknown = unknown.has(issue.message)
    const names = [...new Set(known.get(path))]
    const message = isUnknown ? unknownField(path, names) : short(issue.message)
    if (isUnknown && said.has(path)) return []
    if (isUnknown) said.add(path)
    return [{ path: short(path), message }]
  }).slice(0, ISSUES_REPORTED)
}

/** The error that a schema has thrown, taken out of the error that Effect wraps around it. */
const thrownWithin = (error: unknown): unknown =>
  error instanceof Error && Cause.isCause(error.cause) ? Cause.squash(error.cause) : error

const FIRST: SchemaAST.ParseOptions = { errors: "first" }
const STRICT: SchemaAST.ParseOptions = { errors: "first", onExcessProperty: "error" }

/** All issues of a small value; only the issue `found` first of a larger one. */
const problemOf = (
  parse: Parse,
  value: unknown,
  found: Schema.SchemaError,
  options: SchemaAST.ParseOptions,
): SchemaIssue.Issue => {
  if (countValues(value, LISTED_VALUES) === LISTED_VALUES) return found.issue
  const all = parse(value, { ...options, errors: "all" })
  return Result.isSuccess(all) ? found.issue : all.failure.issue
}

const invalid = (what: string, issues: readonly Issue[]): Invalid => {
  const [first] = issues
  const where = first?.path ? ` at ${first.path}` : ""
  return new Invalid({ message: `${what} is not valid: ${first?.message}${where}`, issues })
}

/** One direction of a codec. */
class Parser {
  readonly #parse: Parse
  readonly #what: string
  readonly #suspects: Suspects | undefined
  readonly #tolerant: boolean

  constructor(parse: Parse, side: SchemaAST.AST, what: string, tolerant: boolean) {
    this.#parse = parse
    this.#what = what
    this.#suspects = suspectsOf(side)
    this.#tolerant = tolerant
  }

  /** Parses a value. It stops at the first issue, because finding all of them costs far more. */
  run(value: unknown): unknown {
    try {
      const strict = this.#suspects?.(value) ?? false
      const options = strict ? STRICT : FIRST
      const result = this.#parse(value, options)
      if (Result.isSuccess(result)) return result.success
      if (strict && this.#tolerant) return this.#leavingOut(value)
      throw invalid(this.#what, issuesOf(problemOf(this.#parse, value, result.failure, options)))
    } catch (error) {
      const thrown = thrownWithin(error)
      if (!(thrown instanceof RangeError)) throw thrown
      throw new Invalid({ message: `${this.#what} is nested too deeply` })
    }
  }

  /** Parses a value of another version of the code without the fields that only that one knows. */
  #leavingOut(value: unknown): unknown {
    const result = this.#parse(value, FIRST)
    if (Result.isSuccess(result)) return result.success
    throw invalid(this.#what, issuesOf(problemOf(this.#parse, value, result.failure, FIRST)))
  }
}

/** Whether a schema has no fields at all: Effect would take any value for such an object. */
const isEmpty = (ast: SchemaAST.AST): boolean =>
  SchemaAST.isObjects(ast) && ast.propertySignatures.length + ast.indexSignatures.length === 0

/** Parses an object that has no fields. */
const emptied = (what: string, tolerant: boolean) => (value: unknown): object => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(what, [{ path: "", message: "Expected object" }])
  }
  const given = tolerant ? [] : Object.keys(value).slice(0, ISSUES_REPORTED)
  if (given.length === 0) return {}
  throw invalid(what, given.map((path) => ({ path: short(path), message: unknownField(path, []) })))
}

/**
 * Makes the codec of a schema; `what` names the value in error messages. Throws `TypeError` for a
 * schema whose values would not come back as they were. Parsing is compiled to
 * code where the platform allows it, which is about ten times faster than interpreting the schema.
 */
export const schemaCodec = <T>(
  schema: Schema.Codec<T, unknown>,
  what: string,
  { fromAnybody = false }: SchemaCodecOptions = {},
): SchemaCodec<T> => {
  checkCarried(schema.ast, what)
  const omitted = omittedNames(schema.ast)
  const jsonSchema = () => {
    const options = fromAnybody ? { onExcessProperty: "error" as const } : {}
    const { schema: json, definitions } = Schema.toJsonSchemaDocument(schema, options)
    return Object.keys(definitions).length === 0 ? json : { ...json, $defs: definitions }
  }
  if (isEmpty(schema.ast) && !schema.ast.encoding) {
    const decode = emptied(what, !fromAnybody) as SchemaCodec<T>["decode"]
    const encode = emptied(what, false)
    return { decode, encode, reread: decode, jsonSchema }
  }
  const plain = Schema.toCodecJson(schema)
  const flipped = Schema.flip(plain)
  enable(plain.ast)
  enable(flipped.ast)
  const arriving = SchemaAST.toEncoded(plain.ast)
  const reader = new Parser(Schema.decodeUnknownResult(plain), arriving, what, !fromAnybody)
  const writer = new Parser(
    Schema.decodeUnknownResult(flipped),
    SchemaAST.toType(schema.ast),
    what,
    false,
  )
  const decode = (value: unknown) => reader.run(value) as T
  const unchanged = isUnchanged(plain.ast)
  return {
    decode: fromAnybody ? boundedDecode(decode, costOf(plain.ast), what) : decode,
    encode: omitted.size === 0
      ? (value) => plainValue(writer.run(value))
      : (value) => plainValue(writer.run(withoutUndefined(value, omitted))),
    reread: (plain) => unchanged ? plain as T : decode(plain),
    jsonSchema,
  }
}
