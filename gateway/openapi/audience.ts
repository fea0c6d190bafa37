/** The audience of an operation in the OpenAPI description: the callers who may use it. */
import type { Users } from "../own/users.ts"
import { type Json, problem } from "./responses.ts"

/**
 * For whom an operation is, as far as a rule says so by itself: for everybody, for users whom the
 * rule admits, or for nobody who sends requests.
 */
export type Audience = "anybody" | "users" | "nobody"

/** The audience of a part: of an actor's command, `state` or `history`, or of a view or query. */
export type AudienceOf = (name: string, what: string) => Audience

/** The access that the description tells of. */
export interface DescribedAccess {
  readonly audienceOf: AudienceOf
  /** How users prove who they are, as a security scheme; undefined where there are no users. */
  readonly scheme: Json | undefined
}

/** Everything is for everybody. */
export const OPEN: DescribedAccess = { audienceOf: () => "anybody", scheme: undefined }

/** What is asked about a view or a query, each of which has one rule. */
export const WHOLE = "rule"

/** The name of the scheme by which users prove who they are. */
export const SCHEME = "user"

/** The reads of an actor. */
export const READS: readonly string[] = ["state", "history"]

/** For a function of the application's own that does not describe itself. */
const UNKNOWN_SCHEME: Json = {
  type: "http",
  scheme: "bearer",
  description: "This application finds out by a function of its own who sends a request.",
}

/** What says who may use what. */
export interface AccessOptions {
  /** Finds out who sends a request; without it, nobody is known. */
  readonly users?: Users | undefined
  /** For whom each part is; without it, for everybody, or with users for users. */
  readonly audienceOf?: AudienceOf | undefined
  /** Whether states and histories can be read where there are no users; true by default. */
  readonly openReads?: boolean | undefined
}

/** The access that a gateway gives. */
export const describedAccess = (
  { users, audienceOf, openReads = true }: AccessOptions,
): DescribedAccess => {
  if (users) {
    return { audienceOf: audienceOf ?? (() => "users"), scheme: users.scheme ?? UNKNOWN_SCHEME }
  }
  if (openReads) return OPEN
  return { ...OPEN, audienceOf: (_, what) => READS.includes(what) ? "nobody" : "anybody" }
}

const UNAUTHENTICATED = "Who sends this is not said, or the proof of it does not hold."
const FORBIDDEN = "No rule allows this to the user."

/** An operation with what it requires of its caller, and how it refuses other callers. */
const guarded = (operation: Json, audience: Audience): Json => {
  const { responses } = operation as { readonly responses: Readonly<Record<string, Json>> }
  // A page of another origin may be refused as well.
  const { description: other } = responses[403] ?? {}
  const forbidden = problem([other, FORBIDDEN].filter((each) => each !== undefined).join(" "))
  return {
    ...operation,
    security: audience === "anybody" ? [] : [{ [SCHEME]: [] }],
    responses: {
      ...responses,
      401: problem(UNAUTHENTICATED),
      ...(audience === "anybody" ? {} : { 403: forbidden }),
    },
  }
}

/** The entry of one path whose only operation is guarded. */
export const guardedPath = (
  [path, item]: readonly [string, Json],
  audience: Audience,
): [string, Json] => [
  path,
  Object.fromEntries(
    Object.entries(item).map(([method, operation]) => [
      method,
      guarded(operation as Json, audience),
    ]),
  ),
]
