/** Answers in HTTP: problems as RFC 9457 says, and results with their position. */
import type { Context } from "hono"
import { failureOf, HEADER, type PlainRejection } from "../wire/internal.ts"
import { type Problem, rejectionProblem, retryOf, toProblem } from "../contracts/internal.ts"

/** A problem as a response: `application/problem+json`, with `Retry-After` where it is known. */
export const problemResponse = (problem: Problem): Response => {
  const headers: Record<string, string> = { "Content-Type": "application/problem+json" }
  const { retryAfterMs } = problem
  // A rejection may have the name of an outage.
  const retry = problem.status === 409 ? "never" : retryOf(problem.title)
  if (retry === "elsewhere" || retry === "later") {
    const seconds = typeof retryAfterMs === "number" ? Math.ceil(retryAfterMs / 1000) : 1
    headers["Retry-After"] = String(seconds)
  }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** A rejection as a response. */
export const rejectionResponse = ({ type, data }: PlainRejection): Response =>
  problemResponse(rejectionProblem(type, data))

/** Anything thrown as a response; a bug is logged with a reference that the caller gets. */
export const errorResponse = (error: unknown, context: Context): Response =>
  problemResponse(toProblem(failureOf(error, `${context.req.method} ${context.req.path}`)))

/** A result as a response, with the position it is from and the version it is of. */
export const resultResponse = (
  context: Context,
  result: unknown,
  position: string | undefined,
  version: number | undefined,
): Response => {
  if (position) context.header(HEADER.position, position)
  if (version !== undefined) context.header("ETag", `"${version}"`)
  return context.body(JSON.stringify(result), 200, { "Content-Type": "application/json" })
}
