/** The plain client: sends commands and queries by name, with plain fields. It loads no Effect. */
import { checkType, commandSubject, querySubject } from "../address.ts"
import { checkId } from "../format/id-token.ts"
import { encode, isMap, type PlainFormat } from "../codec.ts"
import {
  type Failure,
  fromProblem,
  Internal,
  isFailure,
  isProblem,
  type Problem,
  Timeout,
  TooLarge,
  Unavailable,
} from "../../contracts/plain.ts"
import type { QueryOptions } from "./query-options.ts"
import { RetryClient, type RetryClientOptions } from "./retry-client.ts"
import { UnknownOutcomes } from "./unknown-outcomes.ts"
import { deadlineOf, type EnvelopeOptions, timeoutOf, writeEnvelope } from "../envelope.ts"
import { HEADER } from "../header.ts"
import { mayComeInParts, PartsClient } from "../parts/parts.ts"
import { plainAnswer } from "./plain-answer.ts"
import { checkToken } from "../metadata.ts"
import { type PrincipalSeals, sealHeaders } from "../identity/principal-seal.ts"
import { claimsText, SYSTEM } from "../identity/user.ts"
import { endedBy, sendSpan } from "../telemetry/send-span.ts"
import { TRACING } from "../telemetry/tracing.ts"
import { type Answered, type Reply, requestOf, type Wire } from "../wire.ts"

/** The command was accepted, and its events are stored. */
export interface Accepted {
  readonly kind: "accepted"
  /** The position in the context's log, such as `orders:1234`; for `after` and `Leftfold-After`. */
  readonly position: string
  /** How many events the actor has now. */
  readonly version: number
  /** How many events this command caused; 0 when there was nothing to do. */
  readonly events: number
}

/** A rejection with its plain fields. */
export interface PlainRejection {
  readonly kind: "rejection"
  readonly type: string
  readonly data: Record<string, unknown>
}

/** A result, and the positions of the views that it was read from. */
export interface QueryAnswer<R> {
  readonly result: R
  readonly position: string
  /** The value of `page.after` for the next page; absent on the last page. */
  readonly next?: string
}

/** Asks by name. Promises reject with a `Failure`. After an outage it is safe to ask again. */
export interface PlainClient {
  /** Sends a command to one actor; resolves once it is stored or rejected. */
  readonly askPlain: (
    name: string,
    id: string,
    type: string,
    fields: unknown,
    options?: EnvelopeOptions,
  ) => Promise<Accepted | PlainRejection>
  /** As `askPlain`, with the fields as bytes of either format. The answer has the same format. */
  readonly askBytes: (
    name: string,
    id: string,
    type: string,
    fields: Uint8Array,
    options?: EnvelopeOptions,
  ) => Promise<Accepted | PlainRejection>
  /** Asks the read side. */
  readonly queryPlain: (
    name: string,
    params: unknown,
    options?: QueryOptions,
  ) => Promise<QueryAnswer<unknown>>
}

const outage = (
  what: string,
  type: Exclude<Reply["type"], "reply">,
  silence?: string,
): Failure => {
  if (type === "timeout") {
    const why = silence === undefined ? "" : ` (${silence})`
    return new Timeout({
      message: `${what} was not answered in time${why}; its outcome is unknown: ask again with ` +
        "the same command id",
    })
  }
  if (type === "too-large") {
    return new TooLarge({ message: `${what} is larger than one message may be` })
  }
  const reason = type === "no-responders" ? nobodyServes(what) : "the connection is lost or closed"
  return new Unavailable({ message: `${what} cannot be answered: ${reason}`, retryAfterMs: 1_000 })
}

/** A command's subject is `cmd.<contract>.<id>.<type>`, and a contract's name has two words. */
const nobodyServes = (subject: string): string => {
  const [kind, context, local] = subject.split(".")
  const [role, part] = kind === "cmd"
    ? ["actors", "an actor"]
    : ["projections", "the query or view"]
  return `nobody serves it now: does a process with the role ${role} run, and does its ` +
    `application have ${part} ${context}.${local}?`
}

/** Why an answer cannot be read: an internal failure, because the caller did nothing wrong. */
export const unreadable = (subject: string, error: unknown): unknown => {
  if (!isFailure(error)) return error
  const message = `${subject} was answered with what its contract does not allow: ${error.message}`
  return new Internal({ message, reference: "unexpected-answer" })
}

/** The header decides, not the body: a result may have any fields, even those of a problem. */
const problemOf = ({ headers }: Answered, plain: unknown): Problem | undefined => {
  const title = headers[HEADER.error]
  if (title === undefined) return undefined
  return isProblem(plain) ? plain : { type: "urn:leftfold:unknown", title, status: 500 }
}

const acceptedOf = (plain: unknown): Accepted | undefined => {
  if (!isMap(plain)) return undefined
  const { position, version, events } = plain
  return typeof position === "string" && typeof version === "number" && typeof events === "number"
    ? { kind: "accepted", position, version, events }
    : undefined
}

/** Reads the answer to a command. Throws the failure that it is, or why it cannot be read. */
const answerOf = (
  subject: () => string,
  reply: Reply,
  reason: string | undefined,
): Accepted | PlainRejection => {
  if (reply.type !== "reply") throw outage(subject(), reply.type, reason)
  let plain: unknown
  try {
    plain = plainAnswer(reply)
  } catch (error) {
    throw unreadable(subject(), error)
  }
  const problem = problemOf(reply, plain)
  if (!problem) {
    const accepted = acceptedOf(plain)
    if (accepted) return accepted
    throw new Internal({
      message: `${subject()} was answered by something that is not an actor`,
      reference: "unexpected-answer",
    })
  }
  const { type: urn, title, status: _status, ...data } = problem
  if (urn !== "urn:leftfold:rejection") throw fromProblem(problem)
  return { kind: "rejection", type: title, data }
}

/** The headers of a question on somebody's behalf. */
const sealed = (
  seals: PrincipalSeals | undefined,
  { principal, claims }: QueryOptions,
  headers: Record<string, string>,
  subject: string,
  payload: Uint8Array,
): Record<string, string> => {
  headers[HEADER.principal] = checkToken(HEADER.principal, principal ?? "")
  if (claims !== undefined) headers[HEADER.claims] = claimsText(claims)
  return sealHeaders(seals, headers, subject, payload)
}

const queryingOver = (
  wire: Wire,
  { format = "msgpack", seals, asSystem }: ClientOptions,
): PlainClient["queryPlain"] => {
  const large = new PartsClient(wire)
  return async (name, params, options = {}) => {
    const [subject, timeoutMs] = [querySubject(name), timeoutOf(options)]
    const plainHeaders: Record<string, string> = {
      [HEADER.deadline]: deadlineOf(Date.now(), timeoutMs),
    }
    if (options.after !== undefined) plainHeaders[HEADER.after] = options.after
    if (options.newerThan !== undefined) plainHeaders[HEADER.newerThan] = options.newerThan
    const given = options.page ? { ...params as object, ...options.page } : params
    const until = performance.now() + timeoutMs
    const payload = encode(format, given)
    // A principal that is given and undefined is nobody: only silence means the application.
    const principal = options.principal ??
      (asSystem && !("principal" in options) ? SYSTEM : undefined)
    const headers = principal === undefined
      ? plainHeaders
      : sealed(seals, { ...options, principal }, plainHeaders, subject, payload)
    const first = await requestOf(wire, subject, payload, headers, timeoutMs)
    const reply = mayComeInParts(first)
      ? await large.request(subject, payload, headers, until - performance.now())
      : first
    if (reply.type !== "reply") throw outage(subject, reply.type)
    let result: unknown
    try {
      result = plainAnswer(reply)
    } catch (error) {
      throw unreadable(subject, error)
    }
    const problem = problemOf(reply, result)
    if (problem) throw fromProblem(problem)
    const { [HEADER.position]: position = "", [HEADER.next]: next } = reply.headers
    return next === undefined ? { result, position } : { result, position, next }
  }
}

/** The options of a client. */
export interface ClientOptions extends RetryClientOptions {
  /** The format of its messages and of the answers. */
  readonly format?: PlainFormat
  /** The clock for the deadlines of commands, in milliseconds since 1970. */
  readonly now?: () => number
  /** Seals the principals of commands. Without it, no command can have a principal. */
  readonly seals?: PrincipalSeals | undefined
  /** Whether messages without a principal come from the application itself; needs seals. */
  readonly asSystem?: boolean | undefined
}

/**
 * Makes a plain client that speaks over this wire. A command that nobody answers is tried again,
 * with the same command id, until its deadline.
 */
export const createPlainClient = (wire: Wire, options: ClientOptions = {}): PlainClient => {
  const { format = "msgpack", now = Date.now, seals, asSystem } = options
  const retryClient = new RetryClient(wire, options)
  const unknownOutcomes = new UnknownOutcomes()
  /** Settles the promise of a command with its last reply. */
  const settling = (
    subject: () => string,
    commandId: string | undefined,
    resolve: (answer: Accepted | PlainRejection) => void,
    reject: (error: unknown) => void,
  ) =>
  (reply: Reply, reason?: string): void => {
    try {
      resolve(answerOf(subject, reply, reason))
    } catch (error) {
      if (commandId !== undefined && isFailure(error)) unknownOutcomes.add(commandId, error)
      reject(error)
    }
  }
  const speakingAs = (given: EnvelopeOptions): EnvelopeOptions => {
    // A policy's command must be sent even if no principal can be proved.
    if (given.trusted && !seals) return { ...given, principal: undefined }
    // A principal that is given and undefined is nobody: only silence means the application.
    const isSilent = given.trusted ? given.principal === undefined : !("principal" in given)
    return asSystem && isSilent ? { ...given, principal: SYSTEM } : given
  }
  // Only one promise for each command: more would be a large part of a command's cost.
  const send: PlainClient["askBytes"] = (name, id, type, fields, given = {}) =>
    new Promise((resolve, reject) => {
      const options = speakingAs(given)
      checkId(id)
      checkType(type)
      const { commandId, trusted } = options
      const retry = options.retry || (commandId !== undefined && unknownOutcomes.has(commandId))
      const headers = writeEnvelope(retry ? { ...options, retry } : options, now())
      const done = settling(() => commandSubject(name, id, type), commandId, resolve, reject)
      const timeoutMs = timeoutOf(options)
      if (options.principal === undefined) {
        return retryClient.send(name, id, type, fields, headers, timeoutMs, done, trusted)
      }
      const sealed = sealHeaders(seals, headers, commandSubject(name, id, type, trusted), fields)
      retryClient.send(name, id, type, fields, sealed, timeoutMs, done, trusted)
    })

  const askBytes: PlainClient["askBytes"] = (name, id, type, fields, given = {}) => {
    if (TRACING === undefined) return send(name, id, type, fields, given)
    const span = sendSpan(TRACING, name, id, type, given)
    if (span === undefined) return send(name, id, type, fields, given)
    const answer = send(name, id, type, fields, { ...given, traceparent: span.context })
    endedBy(span, answer)
    return answer
  }

  const askPlain: PlainClient["askPlain"] = async (name, id, type, fields, options) =>
    await askBytes(name, id, type, encode(format, fields), options)

  return { askBytes, askPlain, queryPlain: queryingOver(wire, { format, seals, asSystem }) }
}
