/** Checks values and converts them between a typed form and a plain one, which JSON can carry. */
import { Cause, Result, Schema, type SchemaAST, SchemaIssue } from "effect"
import { enable } from "effect/schema/SchemaJITCompiler"
import { boundedDecode, countValues } from "./bounded-decode.ts"
import { Invalid, type Issue } from "./errors.ts"
import { ISSUE_CHARACTERS, ISSUES_REPORTED, LISTED_VALUES } from "./limits.ts"
import { costOf } from "./schema-cost.ts"

/** A schema made ready for the hot path: compiled once, used for every message. */
export interface SchemaCodec<T> {
  /** The typed value. Throws `Invalid` that names the fields that do not fit the schema. */
  readonly decode: (plain: unknown) => T
  /** The plain value. Throws `Invalid` when the value is not of the schema's type. */
  readonly encode: (value: T) => unknown
  /** The JSON Schema (draft 2020-12) of the plain form. */
  readonly jsonSchema: () => Record<string, unknown>
}

/** How a codec is used. */
export interface SchemaCodecOptions {
  /**
   * Whether anybody can have sent the decoded values. If so, a value that costs more to check than
   * its size explains is invalid. Values of our own were checked before they were stored, so they
   * are read at any cost.
   */
  readonly fromAnybody?: boolean
}

type Parse = (
  value: unknown,
  options: SchemaAST.ParseOptions,
) => Result.Result<unknown, Schema.SchemaError>

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const pathOf = (path: readonly unknown[] | undefined): string =>
  (path ?? []).map((part) => {
    const key = typeof part === "object" && part !== null && "key" in part ? part.key : part
    return String(key)
  }).join(".")

const short = (text: string): string =>
  text.length <= ISSUE_CHARACTERS ? text : `${text.slice(0, ISSUE_CHARACTERS)}…`

const issuesOf = (issue: SchemaIssue.Issue): Issue[] =>
  format(issue).issues.slice(0, ISSUES_REPORTED)
    .map(({ path, message }) => ({ path: short(pathOf(path)), message: short(message) }))

/** The error that a schema has thrown, taken out of the error that Effect wraps around it. */
const thrownWithin = (error: unknown): unknown =>
  error instanceof Error && Cause.isCause(error.cause) ? Cause.squash(error.cause) : error

const FIRST: SchemaAST.ParseOptions = { errors: "first" }
const ALL: SchemaAST.ParseOptions = { errors: "all" }

/** All issues of a small value; only the issue `found` first of a larger one. */
const problemOf = (parse: Parse, value: unknown, found: Schema.SchemaError): SchemaIssue.Issue => {
  if (countValues(value, LISTED_VALUES) === LISTED_VALUES) return found.issue
  const all = parse(value, ALL)
  return Result.isSuccess(all) ? found.issue : all.failure.issue
}

/** Parses a value. It stops at the first issue, because finding all of them costs far more. */
const run = (parse: Parse, value: unknown, what: string): unknown => {
  try {
    const result = parse(value, FIRST)
    if (Result.isSuccess(result)) return result.success
    const issues = issuesOf(problemOf(parse, value, result.failure))
    const first = issues[0]
    const where = first?.path ? ` at ${first.path}` : ""
    throw new Invalid({ message: `${what} is not valid: ${first?.message}${where}`, issues })
  } catch (error) {
    const thrown = thrownWithin(error)
    if (!(thrown instanceof RangeError)) throw thrown
    throw new Invalid({ message: `${what} is nested too deeply` })
  }
}

/**
 * Makes the codec of a schema; `what` names the value in error messages. Parsing is compiled to
 * code where the platform allows it, which is about ten times faster than interpreting the schema.
 */
export const schemaCodec = <T>(
  schema: Schema.Codec<T, unknown>,
  what: string,
  { fromAnybody = false }: SchemaCodecOptions = {},
): SchemaCodec<T> => {
  const plain = Schema.toCodecJson(schema)
  const flipped = Schema.flip(plain)
  enable(plain.ast)
  enable(flipped.ast)
  const read: Parse = Schema.decodeUnknownResult(plain)
  const write: Parse = Schema.decodeUnknownResult(flipped)
  const decode = (value: unknown) => run(read, value, what) as T
  return {
    decode: fromAnybody ? boundedDecode(decode, costOf(plain.ast), what) : decode,
    encode: (value) => run(write, value, what),
    jsonSchema: () => {
      const { schema: json, definitions } = Schema.toJsonSchemaDocument(schema)
      return Object.keys(definitions).length === 0 ? json : { ...json, $defs: definitions }
    },
  }
}
