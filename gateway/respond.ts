/** Answers in HTTP: problems as RFC 9457 says, and results with their position. */
import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import {
  acceptedBytes,
  CONTENT_TYPE,
  failureOf,
  HEADER,
  lineFields,
  type PlainRejection,
  problemBytes,
  resultBytes,
} from "../wire/internal.ts"
import {
  type AnyContract,
  type Failure,
  type Problem,
  rejectionProblem,
  retryOf,
  toProblem,
} from "../contracts/internal.ts"
import { prefersProtobuf } from "./header-value.ts"
import { readStatus, tagOf } from "./precondition.ts"
import { LINK_CHARACTERS } from "./limits.ts"

/** A problem that only HTTP has, by its name. */
export const problemOf = (status: number, title: string, detail: string): Problem => ({
  type: `urn:leftfold:${title.toLowerCase()}`,
  title,
  status,
  detail,
})

const UNAUTHENTICATED = 401
const UNSUPPORTED = 415

/** The longest `Retry-After`, in seconds. */
const STAY_AWAY_S = 3_600

const secondsOf = (ms: unknown): number =>
  typeof ms === "number" && ms >= 0 ? Math.min(Math.ceil(ms / 1_000), STAY_AWAY_S) : 1

/** A problem as a response: `application/problem+json`, with `Retry-After` if a retry can help. */
export const problemResponse = (problem: Problem): Response => {
  const headers: Record<string, string> = { "Content-Type": "application/problem+json" }
  const { retryAfterMs } = problem
  // A rejection may have the name of an outage.
  const retry = problem.status === 409 ? "never" : retryOf(problem.title)
  if (retry === "elsewhere" || retry === "later") {
    headers["Retry-After"] = String(secondsOf(retryAfterMs))
  }
  if (problem.status === UNAUTHENTICATED) headers["WWW-Authenticate"] = "Bearer"
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** Whether the client asks for Protobuf, or speaks it and asks for nothing else. */
const wantsProtobuf = ({ req: request }: Context): boolean => {
  const accept = request.header("Accept")
  if (accept !== undefined && accept !== "*/*") return prefersProtobuf(accept)
  return isProtobuf(request.header("Content-Type"))
}

const isProtobuf = (type: string | undefined): boolean =>
  type !== undefined && /^application\/(?:x-|vnd\.google\.)?protobuf\b/i.test(type)

const PROTOBUF = CONTENT_TYPE.protobuf

/** The same problem in Protobuf; `rejection` holds the fields of a rejection. */
const asProtobuf = (response: Response, problem: Problem, rejection?: Uint8Array): Response => {
  response.headers.set("Content-Type", PROTOBUF)
  return new Response(bodyBytesOf(problemBytes(problem, rejection)), response)
}

/** Bytes as a body takes them. */
const bodyBytesOf = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>

/** A rejection as a response. */
export const rejectionResponse = (
  { type, data }: PlainRejection,
  context: Context,
  { codec: { protobuf } }: AnyContract,
): Response => {
  const problem = rejectionProblem(type, data)
  const response = problemResponse(problem)
  if (!wantsProtobuf(context)) return response
  return asProtobuf(response, problem, protobuf?.written(type, data))
}

/** Adds the cursor of the next page, and a link to that page (RFC 8288). */
const linkNext = (headers: Headers, { req: request }: Context, next: string): void => {
  headers.set(HEADER.next, next)
  // A list repeats its name, and must do so in the link.
  const { pathname, searchParams: query } = new URL(request.url)
  query.set("after", next)
  const link = `<${pathname}?${query}>; rel="next"`
  if (link.length <= LINK_CHARACTERS) headers.set("Link", link)
}

/** Anything thrown as a failure. The line about a bug has what the client sent to know it by. */
export const bugOf = (error: unknown, { req }: Context): Failure => {
  const fields = lineFields(req.header("Idempotency-Key"), req.header(HEADER.correlation))
  return failureOf(error, `${req.method} ${req.path}`, fields)
}

/**
 * Anything thrown as a response. A bug is logged under a reference that the client gets. A page
 * that is too large to show can have a next page.
 */
export const errorResponse = (error: unknown, context: Context): Response => {
  if (error instanceof HTTPException) return error.getResponse()
  const problem = toProblem(bugOf(error, context))
  const response = problemResponse(problem)
  if (typeof problem.next === "string") linkNext(response.headers, context, problem.next)
  if (problem.status === UNSUPPORTED) {
    response.headers.set("Accept", `${CONTENT_TYPE.json}, ${PROTOBUF}`)
    response.headers.set("Accept-Encoding", "identity")
  }
  return wantsProtobuf(context) ? asProtobuf(response, problem) : response
}

/** What is known about a result. */
export interface ResultAbout {
  /** The position that it includes. */
  readonly position?: string | undefined
  /** The version of the actor that it shows. */
  readonly version?: number | undefined
  /** The cursor of the next page. */
  readonly next?: string | undefined
}

/** What a command that was accepted is answered. */
export const acceptedResponse = (
  context: Context,
  accepted: unknown,
  { position, version }: ResultAbout,
): Response => {
  if (position) context.header(HEADER.position, position)
  context.header("ETag", `"${version}"`)
  if (wantsProtobuf(context)) {
    const body = bodyBytesOf(acceptedBytes(accepted as object))
    return context.body(body, 200, { "Content-Type": PROTOBUF })
  }
  return context.body(JSON.stringify(accepted), 200, { "Content-Type": "application/json" })
}

/** What is at a URL, its type, and its entity tag. */
export interface Representation {
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly type: string
  readonly tag: string
  /** Whether there is anything that `*` matches; true by default. */
  readonly exists?: boolean
}

/**
 * A representation as a response. Without its body if the client has it, as `If-None-Match` says; a
 * problem if `If-Match` asks for another one. Throws `Invalid` for a malformed header.
 */
export const representationResponse = (
  context: Context,
  { body, type, tag, exists }: Representation,
): Response => {
  const { req: request } = context
  const status = readStatus((name) => request.header(name), tag, exists)
  if (status === 412) {
    const detail = `what is here has the tag "${tag}", which If-Match does not list: read it again`
    return problemResponse(problemOf(status, "PreconditionFailed", detail))
  }
  context.header("ETag", `"${tag}"`)
  if (status === 304) return context.body(null, status)
  return context.body(body, status, { "Content-Type": type })
}

/** A result that was read as a response, with what is known about it as headers. */
export const resultResponse = (
  context: Context,
  result: unknown,
  { position, version, next }: ResultAbout = {},
): Response => {
  if (position) context.header(HEADER.position, position)
  const [body, type] = wantsProtobuf(context)
    ? [bodyBytesOf(resultBytes(result)), PROTOBUF]
    : [JSON.stringify(result), CONTENT_TYPE.json]
  const response = representationResponse(context, {
    body,
    type,
    tag: version === undefined ? tagOf(body) : String(version),
    exists: version !== 0,
  })
  if (next !== undefined) linkNext(response.headers, context, next)
  return response
}
