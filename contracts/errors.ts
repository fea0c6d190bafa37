/**
 * Every failure that is not a rejection, and the form in which all failures travel, over NATS and
 * HTTP alike: a problem (RFC 9457).
 */
import { failing, type FailureBase } from "./failing.ts"

/** The base classes; each has its type written out, because JSR reads types without inferring. */
const invalidBase: FailureBase<"Invalid"> = failing("Invalid")
const malformedBase: FailureBase<"Malformed"> = failing("Malformed")
const unsupportedFormatBase: FailureBase<"UnsupportedFormat"> = failing("UnsupportedFormat")
const unauthenticatedBase: FailureBase<"Unauthenticated"> = failing("Unauthenticated")
const forbiddenBase: FailureBase<"Forbidden"> = failing("Forbidden")
const notFoundBase: FailureBase<"NotFound"> = failing("NotFound")
const versionMismatchBase: FailureBase<"VersionMismatch"> = failing("VersionMismatch")
const commandIdReusedBase: FailureBase<"CommandIdReused"> = failing("CommandIdReused")
const tooLargeBase: FailureBase<"TooLarge"> = failing("TooLarge")
const commitTooLargeBase: FailureBase<"CommitTooLarge"> = failing("CommitTooLarge")
const internalBase: FailureBase<"Internal"> = failing("Internal")
const unavailableBase: FailureBase<"Unavailable"> = failing("Unavailable")
const overloadedBase: FailureBase<"Overloaded"> = failing("Overloaded")
const timeoutBase: FailureBase<"Timeout"> = failing("Timeout")
const staleViewBase: FailureBase<"StaleView"> = failing("StaleView")

/** One invalid field: its path, and what is wrong with it. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** A failure as it travels. Its other members depend on its type: a rejection's are its fields. */
export interface Problem {
  readonly type: `urn:leftfold:${string}`
  readonly title: string
  readonly status: number
  readonly detail?: string | undefined
  readonly [member: string]: unknown
}

/** The members that any problem can have. A rejection cannot have fields with these names. */
export const PROBLEM_MEMBERS = ["type", "title", "status", "detail", "instance"]

/**
 * The message does not fit its contract. Sending it again cannot help. `issues` names the fields.
 *
 * ```ts
 * if (error instanceof Invalid) {
 *   for (const { path, message } of error.issues ?? []) console.error(path, message)
 * }
 * ```
 */
export class Invalid extends invalidBase<{
  readonly message: string
  readonly issues?: readonly Issue[]
}> {}

/** The bytes are neither JSON nor MessagePack, or not a map of fields. */
export class Malformed extends malformedBase<{ readonly message: string }> {}

/** The system does not support this content type. */
export class UnsupportedFormat extends unsupportedFormatBase<{ readonly message: string }> {}

/**
 * The sender is not allowed to do this: a rule says so, or a principal has no seal. Nothing was
 * done.
 *
 * ```ts
 * if (error instanceof Forbidden) console.error(`not yours: ${error.message}`)
 * ```
 */
export class Forbidden extends forbiddenBase<{ readonly message: string }> {}

/**
 * The request comes from nobody known, and a rule asks who it is. Nothing was done.
 *
 * ```ts
 * if (error instanceof Unauthenticated) console.error(`sign in: ${error.message}`)
 * ```
 */
export class Unauthenticated extends unauthenticatedBase<{ readonly message: string }> {}

/**
 * No context, actor, command, projection or query has this name, or no row has this key. `at` is
 * the position of the view that has no such row.
 *
 * ```ts
 * if (error instanceof NotFound) console.log(`no such order as of ${error.at}`) // orders:1234
 * ```
 */
export class NotFound extends notFoundBase<{ readonly message: string; readonly at?: string }> {}

/**
 * The actor is not at the version that the caller expected. Nothing was done.
 *
 * ```ts
 * await client.ask(Orders, "o-1", CancelOrder({ reason: "late" }), { expectedVersion: 1 })
 *   .catch((error) => {
 *     if (!(error instanceof VersionMismatch)) throw error
 *     console.log(`order o-1 has ${error.actual} events, not ${error.expected}`)
 *   })
 * ```
 */
export class VersionMismatch extends versionMismatchBase<{
  readonly message: string
  /** A version, or a condition as `expectedVersion` takes it. */
  readonly expected: number | string
  readonly actual: number
}> {}

/**
 * The command's id was used before, for another command or with other fields. Nothing was done. A
 * different command needs an id of its own.
 *
 * ```ts
 * if (error instanceof CommandIdReused) console.error("this form was sent with other fields")
 * ```
 */
export class CommandIdReused extends commandIdReusedBase<{ readonly message: string }> {}

/**
 * A request, an answer or a value to be stored is larger than one message may be. `next` is the
 * cursor that continues after the row that fits into no answer.
 *
 * ```ts
 * if (error instanceof TooLarge) {
 *   await client.query(OrdersOfCustomer, { customer: "ada" }, { page: { after: error.next } })
 * }
 * ```
 */
export class TooLarge extends tooLargeBase<{
  readonly message: string
  readonly next?: string
}> {}

/** The events of one command do not fit into one commit. Nothing was stored. */
export class CommitTooLarge extends commitTooLargeBase<{ readonly message: string }> {}

/**
 * A handler failed. The process log of the node that answered has the stack under `reference`.
 *
 * ```ts
 * if (error instanceof Internal) console.error(`please tell support ${error.reference}`)
 * ```
 */
export class Internal extends internalBase<{
  readonly message: string
  readonly reference: string
}> {}

/**
 * The system cannot answer now. It is safe to ask again with the same command id, after
 * `retryAfterMs` milliseconds if it is given.
 *
 * ```ts
 * const pauseMs = error instanceof Unavailable ? error.retryAfterMs ?? 1_000 : undefined
 * ```
 */
export class Unavailable extends unavailableBase<{
  readonly message: string
  readonly retryAfterMs?: number
}> {}

/**
 * The system has too much to do now. It is safe to ask again with the same command id after
 * `retryAfterMs` milliseconds.
 *
 * ```ts
 * const pauseMs = error instanceof Overloaded ? error.retryAfterMs : undefined
 * ```
 */
export class Overloaded extends overloadedBase<{
  readonly message: string
  readonly retryAfterMs: number
}> {}

/**
 * No answer came in time; the outcome is unknown. Ask again with the same command id.
 *
 * ```ts
 * const commandId = "form-17"
 * const complete = () => client.ask(Orders, "o-1", CompleteOrder(), { commandId })
 * await complete().catch((error) => {
 *   if (error instanceof Timeout) return complete()
 *   throw error
 * })
 * ```
 */
export class Timeout extends timeoutBase<{ readonly message: string }> {}

/**
 * A view did not reach the position `asked` in time. `at` is the position that it has reached.
 *
 * ```ts
 * if (error instanceof StaleView) console.log(`asked for ${error.asked}, is at ${error.at}`)
 * ```
 */
export class StaleView extends staleViewBase<{
  readonly message: string
  readonly asked: string
  readonly at: string
}> {}

/**
 * Any failure that is not a rejection.
 *
 * ```ts
 * const isOutage = ({ _tag }: Failure) => ["Unavailable", "Overloaded", "Timeout"].includes(_tag)
 * ```
 */
export type Failure =
  | Invalid
  | Malformed
  | UnsupportedFormat
  | Unauthenticated
  | Forbidden
  | NotFound
  | VersionMismatch
  | CommandIdReused
  | TooLarge
  | CommitTooLarge
  | Internal
  | Unavailable
  | Overloaded
  | Timeout
  | StaleView

/**
 * Whether a request that failed can be sent again: `never`; `elsewhere` or a moment later, because
 * nothing was done here; `later`, under less load; with the same id, because the outcome is
 * `unknown`; or after a `wait` for a view.
 */
export type Retry = "never" | "elsewhere" | "later" | "unknown" | "wait"

/** Every kind of failure: its HTTP status, whether a request can be repeated, and its class. */
const kinds = {
  Invalid: [422, "never", Invalid],
  Malformed: [400, "never", Malformed],
  UnsupportedFormat: [415, "never", UnsupportedFormat],
  Unauthenticated: [401, "never", Unauthenticated],
  Forbidden: [403, "never", Forbidden],
  NotFound: [404, "never", NotFound],
  VersionMismatch: [412, "never", VersionMismatch],
  CommandIdReused: [422, "never", CommandIdReused],
  TooLarge: [413, "never", TooLarge],
  CommitTooLarge: [413, "never", CommitTooLarge],
  Internal: [500, "never", Internal],
  Unavailable: [503, "elsewhere", Unavailable],
  Overloaded: [503, "later", Overloaded],
  Timeout: [504, "unknown", Timeout],
  StaleView: [504, "wait", StaleView],
} as const satisfies Record<Failure["_tag"], readonly [number, Retry, unknown]>

/** The members that failures can have as well as their message. */
const members = ["issues", "expected", "actual", "reference", "retryAfterMs", "asked", "at", "next"]

const membersOf = (from: object): Record<string, unknown> => {
  const found: Record<string, unknown> = {}
  const all: Record<string, unknown> = { ...from }
  for (const name of members) if (all[name] !== undefined) found[name] = all[name]
  return found
}

/**
 * Whether this is one of our failures rather than a bug.
 *
 * ```ts
 * try {
 *   await client.ask(Orders, "o-1", CancelOrder({ reason: "late" }))
 * } catch (error) {
 *   if (!isFailure(error)) throw error
 *   console.error(error._tag, error.message)
 * }
 * ```
 */
export const isFailure = (error: unknown): error is Failure =>
  error instanceof Error && "_tag" in error && Object.hasOwn(kinds, String(error._tag))

/** A failure as a problem, the form in which it travels. */
export const toProblem = (failure: Failure): Problem => {
  const { _tag, message } = failure
  return {
    type: `urn:leftfold:${_tag.toLowerCase()}`,
    title: _tag,
    status: kinds[_tag][0],
    detail: message,
    ...membersOf(failure),
  }
}

/** A rejection as it travels: its name as the title, and its fields. */
export const rejectionProblem = (type: string, fields: object): Problem => ({
  ...fields,
  type: "urn:leftfold:rejection",
  title: type,
  status: 409,
})

/** Whether an answer is a problem rather than a result. */
export const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "type" in value &&
  typeof value.type === "string" && value.type.startsWith("urn:leftfold:")

/** The failure that a problem stands for; a problem of an unknown kind becomes `Internal`. */
export const fromProblem = (problem: Problem): Failure => {
  const { title, detail } = problem
  const message = detail ?? title
  if (!Object.hasOwn(kinds, title)) return new Internal({ message, reference: "unknown" })
  const Failure = kinds[title as Failure["_tag"]][2] as new (fields: object) => Failure
  return new Failure({ ...membersOf(problem), message })
}

/** Whether a request that failed with this name can be sent again; `never` for an unknown name. */
export const retryOf = (name: string): Retry =>
  Object.hasOwn(kinds, name) ? kinds[name as Failure["_tag"]][1] : "never"

/** Whether a failure of this name is an outage: safe to ask again with the same command id. */
export const isOutageName = (name: string): boolean => !/^(never|wait)$/.test(retryOf(name))
