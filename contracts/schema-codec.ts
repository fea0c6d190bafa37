/** Checks and converts between typed values and their plain form, which JSON can carry. */
import { Cause, Result, Schema, SchemaIssue } from "effect"
import { enable } from "effect/schema/SchemaJITCompiler"
import { Invalid, type Issue } from "./errors.ts"
import { ISSUE_CHARACTERS, ISSUES_REPORTED } from "./limits.ts"

/** A schema made ready for the hot path: compiled once, used for every message. */
export interface SchemaCodec<T> {
  /** The typed value. Throws `Invalid` naming each field that is not as the schema says. */
  readonly decode: (plain: unknown) => T
  /** The plain value. Throws `Invalid` when the value is not of the schema's type. */
  readonly encode: (value: T) => unknown
  /** The JSON Schema (draft 2020-12) of the plain form. */
  readonly jsonSchema: () => Record<string, unknown>
}

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

/** What a schema has thrown, out of what Effect wraps around it. */
const thrownWithin = (error: unknown): unknown =>
  error instanceof Error && Cause.isCause(error.cause) ? Cause.squash(error.cause) : error

const attempt = <T>(run: () => Result.Result<T, Schema.SchemaError>, what: string): T => {
  let result: Result.Result<T, Schema.SchemaError>
  try {
    result = run()
  } catch (error) {
    const thrown = thrownWithin(error)
    if (!(thrown instanceof RangeError)) throw thrown
    throw new Invalid({ message: `${what} is nested too deeply` })
  }
  if (Result.isSuccess(result)) return result.success
  const issues = issuesOf(result.failure.issue)
  const first = issues[0]
  const where = first?.path ? ` at ${first.path}` : ""
  throw new Invalid({ message: `${what} is not valid: ${first?.message}${where}`, issues })
}

/**
 * Makes the codec of a schema; `what` names the value in error messages. Parsing is compiled to
 * code where the platform allows it, which is about ten times faster than interpreting the schema.
 */
export const schemaCodec = <T>(schema: Schema.Codec<T, unknown>, what: string): SchemaCodec<T> => {
  const plain = Schema.toCodecJson(schema)
  const flipped = Schema.flip(plain)
  enable(plain.ast)
  enable(flipped.ast)
  const decode = Schema.decodeUnknownResult(plain, { errors: "all" })
  const encode = Schema.decodeUnknownResult(flipped, { errors: "all" })
  return {
    decode: (value) => attempt(() => decode(value), what),
    encode: (value) => attempt<unknown>(() => encode(value), what),
    jsonSchema: () => {
      const { schema: json, definitions } = Schema.toJsonSchemaDocument(schema)
      return Object.keys(definitions).length === 0 ? json : { ...json, $defs: definitions }
    },
  }
}
