/** The problems that an operation of the OpenAPI description can answer with, and JSON content. */
import { DOOR_STATUSES } from "../door.ts"

/** A part of the description. */
export type Json = Record<string, unknown>

const PROBLEMS: Record<string, string> = {
  400: "The body is not JSON or not a map of fields, or a header repeats, or the URL is not UTF-8.",
  403: "A page of another origin sent this; LEFTFOLD_ORIGINS names the origins that may.",
  404: "Nothing has this name or key.",
  406: "Answers have no content coding, and Accept-Encoding rules that out.",
  408: "The body did not come in time.",
  412: "If-Match or If-None-Match does not hold.",
  413: "The body is too large or comes in too many chunks, or the answer would be too large.",
  415: "The content type is neither application/json nor application/protobuf.",
  421: "The gateway does not answer for this host; LEFTFOLD_HOSTS names the hosts.",
  422: "A field is not as the schema says, or the Idempotency-Key was used for another command.",
  500: "An unexpected failure; `reference` is in the log of the process that failed.",
  501: "The body has a transfer coding other than chunked.",
  503: "Unavailable or overloaded: ask again with the same Idempotency-Key.",
  504: "No answer in time: ask again with the same Idempotency-Key.",
}

/** An answer that is a problem. */
export const problem = (description: string): Json => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
})

const problems = (...statuses: number[]): Json =>
  Object.fromEntries(statuses.map((status) => [status, problem(PROBLEMS[status]!)]))

/** The problems of a command, by status. */
export const COMMAND_PROBLEMS = problems(
  ...DOOR_STATUSES.always,
  ...DOOR_STATUSES.unsafe,
  ...[408, 412, 413, 415, 422, 500, 501, 503, 504],
)

/** The problems of a read, by status. */
export const READ_PROBLEMS = problems(...DOOR_STATUSES.always, 404, 412, 413, 422, 500, 503, 504)

/** Content of JSON with this schema. */
export const json = (schema: Json): Json => ({ content: { "application/json": { schema } } })
