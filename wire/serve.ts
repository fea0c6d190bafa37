/** What every server of requests does: find the format, answer in it, and name what failed. */
import {
  checkCoding,
  CONTENT_TYPE,
  encode,
  type Format,
  formatOfType,
  sniffFormat,
} from "./codec.ts"
import { isInbox } from "./address.ts"
import { HEADER } from "./envelope.ts"
import {
  type Failure,
  Internal,
  isFailure,
  type Problem,
  TooLarge,
  toProblem,
} from "../contracts/internal.ts"
import { reportError } from "./report.ts"
import { type Headers, type Incoming, NO_HEADERS, type Wire } from "./wire.ts"
import { PROBLEM_BYTES } from "./limits.ts"

const NO_BYTES = new Uint8Array(0)

/**
 * Passes on only questions that have an inbox for their answer. Otherwise a stranger could cause
 * work without waiting for it, at the price of one message. What is refused is still counted.
 */
export const awaited = (handler: (message: Incoming) => void) => (message: Incoming): void => {
  if (isInbox(message.reply)) handler(message)
  else message.respond(NO_BYTES)
}

/** Bytes of a message that are not the answer itself: subject and headers. */
const ANSWER_OVERHEAD = 4_096

const TYPED_HEADERS = {
  json: { [HEADER.contentType]: CONTENT_TYPE.json },
  msgpack: { [HEADER.contentType]: CONTENT_TYPE.msgpack },
}

/**
 * The headers of an answer. If the request names no content type and the answer's format shows by
 * itself, the answer names none either: headers cost as much as a small answer.
 */
const answerHeaders = ({ headers }: Incoming, format: Format, plain: unknown): Headers => {
  const untyped = headers[HEADER.contentType] === undefined && typeof plain === "object"
  return untyped && plain !== null ? NO_HEADERS : TYPED_HEADERS[format]
}

/**
 * The format that a request came in, which is the one to answer in: the one that it is labelled
 * with, or else the one that its first byte tells. Throws a `Failure`.
 */
export const formatOf = ({ headers, payload }: Incoming): Format => {
  checkCoding(headers[HEADER.contentEncoding])
  const type = headers[HEADER.contentType]
  return type === undefined ? sniffFormat(payload) : formatOfType(type)
}

/** The format of a problem's answer: the request's, or JSON if the request's is not known. */
export const problemFormat = (message: Incoming): Format => {
  try {
    return formatOf(message)
  } catch (error) {
    if (isFailure(error)) return "json"
    throw error
  }
}

const tooLarge = (bytes: number): Problem =>
  toProblem(
    new TooLarge({
      message: `the answer of ${bytes} bytes does not fit in one message: ask for less`,
    }),
  )

/** Answers a problem, with the standard error headers of NATS services as well. */
export const respondProblem = (
  message: Incoming,
  format: Format,
  problem: Problem,
  headers: Headers = NO_HEADERS,
): void => {
  const payload = encode(format, problem)
  if (payload.length > PROBLEM_BYTES) {
    return respondProblem(message, format, tooLarge(payload.length), headers)
  }
  message.respond(payload, {
    ...answerHeaders(message, format, problem),
    ...headers,
    [HEADER.error]: problem.title,
    [HEADER.errorCode]: String(problem.status),
  })
}

/** Answers a result; one that no message can hold becomes a problem that says so. */
export const respond = (
  wire: Wire,
  message: Incoming,
  format: Format,
  plain: unknown,
  headers?: Headers,
): void => {
  const payload = encode(format, plain)
  if (payload.length > answerBytes(wire)) {
    return respondProblem(message, format, tooLarge(payload.length))
  }
  const own = answerHeaders(message, format, plain)
  message.respond(payload, headers ? { ...own, ...headers } : own)
}

/** Answers a result that is encoded already, in the format of the request. */
export const respondBytes = (
  message: Incoming,
  format: Format,
  payload: Uint8Array,
  headers: Headers = NO_HEADERS,
): void => message.respond(payload, { ...answerHeaders(message, format, {}), ...headers })

/** The bytes of an answer at most, besides what accompanies it. */
export const answerBytes = (wire: Wire): number => wire.maxPayload() - ANSWER_OVERHEAD

/** Under which reference a bug was first logged, by its stack. */
const LOGGED = new Map<string, string>()
const LOGGED_KEPT = 1_000

/** Logs a bug: its stack once, and then one line for each caller that meets it again. */
const logBug = (error: unknown, what: string, reference: string): void => {
  const { stack = "", message = String(error) } = error instanceof Error ? error : {}
  const frames = stack.slice(stack.indexOf("\n    at "))
  const first = LOGGED.get(frames)
  if (stack !== "" && first !== undefined) {
    const same = `the same as under the reference ${first}`
    return reportError(
      `${what} failed (reference ${reference}), ${same}: ${message.split("\n")[0]}`,
    )
  }
  const [oldest] = LOGGED.keys()
  if (LOGGED.size >= LOGGED_KEPT && oldest !== undefined) LOGGED.delete(oldest)
  LOGGED.set(frames, reference)
  reportError(`${what} failed (reference ${reference})`, error)
}

/** Turns what was thrown into a failure. A bug becomes `Internal`, and its stack is logged. */
export const failureOf = (error: unknown, what: string): Failure => {
  if (isFailure(error)) return error
  const reference = crypto.randomUUID()
  logBug(error, what, reference)
  return new Internal({
    message: `${what} failed inside; the log has the cause under the reference ${reference}`,
    reference,
  })
}
