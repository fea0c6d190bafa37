/** Shared by all servers of requests: finds the format, answers in it, and names failures. */
import {
  checkCoding,
  CONTENT_TYPE,
  encode,
  type Format,
  formatOfType,
  sniffFormat,
} from "./codec.ts"
import { problemBytes } from "./format/protobuf-answer.ts"
import { isInbox } from "./address.ts"
import { HEADER } from "./header.ts"
import {
  type Failure,
  Internal,
  isFailure,
  type Problem,
  TooLarge,
  toProblem,
} from "../contracts/plain.ts"
import { limited, type LineFields, reportError } from "./report.ts"
import { type Headers, type Incoming, NO_HEADERS, type Wire } from "./wire.ts"
import { PROBLEM_BYTES } from "./limits.ts"

const NO_BYTES = new Uint8Array(0)

/**
 * Passes on only requests with an inbox for their answer. Otherwise a stranger could cause work
 * with one message and without waiting, and the NATS server could: it sends the answers of its own
 * API, which have no inbox, wherever its caller says. Refused replies are still counted.
 */
export const awaited =
  (handler: (message: Incoming) => void, dropped: () => void = () => {}) =>
  (message: Incoming): void => {
    if (isInbox(message.reply)) return handler(message)
    dropped()
    message.respond(NO_BYTES)
  }

/** Bytes of a message for its subject and headers, in addition to the answer. */
const ANSWER_OVERHEAD = 4_096

const TYPED_HEADERS = {
  json: { [HEADER.contentType]: CONTENT_TYPE.json },
  msgpack: { [HEADER.contentType]: CONTENT_TYPE.msgpack },
  protobuf: { [HEADER.contentType]: CONTENT_TYPE.protobuf },
}

/**
 * The headers of an answer. The answer names no content type if the request names none and the
 * answer's first byte shows its format: headers cost as much as a small answer.
 */
const answerHeaders = ({ headers }: Incoming, format: Format, plain: unknown): Headers => {
  const untyped = headers[HEADER.contentType] === undefined && typeof plain === "object"
  return untyped && plain !== null ? NO_HEADERS : TYPED_HEADERS[format]
}

/**
 * The format of a request, which its answer also has: that of its content type, or else that of its
 * first byte. Throws a `Failure`.
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

/**
 * Answers with a problem, and with the standard error headers of NATS services. `rejection` holds
 * the fields of a rejection in Protobuf.
 */
export const respondProblem = (
  message: Incoming,
  format: Format,
  problem: Problem,
  headers: Headers = NO_HEADERS,
  rejection?: Uint8Array,
): void => {
  const payload = format === "protobuf" ? problemBytes(problem, rejection) : encode(format, problem)
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

/** Answers with a result. A result that is too large for a message becomes a problem. */
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

/** Answers with a result that is already encoded in the format of the request. */
export const respondBytes = (
  message: Incoming,
  format: Format,
  payload: Uint8Array,
  headers: Headers = NO_HEADERS,
): void => message.respond(payload, { ...answerHeaders(message, format, {}), ...headers })

/** The largest answer that fits into a message with its headers, in bytes. */
export const answerBytes = (wire: Wire): number => wire.maxPayload() - ANSWER_OVERHEAD

/** A bug that was logged. */
interface LoggedBug {
  /** The reference of its first line, which has the stack. */
  readonly reference: string
  readonly again: ReturnType<typeof limited>
}

/** The bugs that were logged, by their stacks. */
const LOGGED = new Map<string, LoggedBug>()
const LOGGED_KEPT = 1_000

/** How many further lines about one bug come in a row, and how soon there is room for one more. */
const BUG_AGAIN = { burst: 10, everyMs: 10_000 }

/**
 * Logs a bug: its stack the first time, and then a line each time, up to a rate. Returns the
 * reference under which the log has it.
 */
const logBug = (error: unknown, what: string, fields?: LineFields): string => {
  const reference = crypto.randomUUID()
  const { stack = "", message = String(error) } = error instanceof Error ? error : {}
  const frames = stack.slice(stack.indexOf("\n    at "))
  const first = LOGGED.get(frames)
  if (stack !== "" && first !== undefined) {
    const same = `the same as under the reference ${first.reference}`
    const line = `${what} failed (reference ${reference}), ${same}: ${message.split("\n")[0]}`
    return first.again(line, fields) ? reference : first.reference
  }
  const [oldest] = LOGGED.keys()
  if (LOGGED.size >= LOGGED_KEPT && oldest !== undefined) LOGGED.delete(oldest)
  const again = limited((line, fields) => reportError(line, undefined, fields), BUG_AGAIN)
  LOGGED.set(frames, { reference, again })
  reportError(`${what} failed (reference ${reference})`, error, fields)
  return reference
}

/**
 * Turns an error into a failure. A bug becomes `Internal`, and its stack is logged, with what the
 * request is known by. A bug that comes very often has the reference of its first line.
 */
export const failureOf = (error: unknown, what: string, fields?: LineFields): Failure => {
  if (isFailure(error)) return error
  const reference = logBug(error, what, fields)
  return new Internal({
    message: `${what} failed inside; the log has the cause under the reference ${reference}`,
    reference,
  })
}
