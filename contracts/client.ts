/** The client: asks actors to do something, and asks the read side questions. */
import { checkId, commandSubject, querySubject } from "./address.ts"
import { CONTENT_TYPE, decode, encode, type Format, formatOfType, sniffFormat } from "./codec.ts"
import type { AnyContract, CommandOf, RejectionOf } from "./contract.ts"
import { type EnvelopeOptions, HEADER, writeEnvelope } from "./envelope.ts"
import { type Failure, fromProblem, isProblem, Timeout, TooLarge, Unavailable } from "./errors.ts"
import { REQUEST_TIMEOUT_MS } from "./limits.ts"
import type { Message } from "./message.ts"
import type { Query } from "./query.ts"
import type { Headers, Reply, Wire } from "./wire.ts"
import { requestOf } from "./wire.ts"

/** The command was accepted, and what it caused is stored. */
export interface Accepted {
  readonly kind: "accepted"
  /** Where in the context's log, such as `orders:1234`; for `after` and `Leftfold-After`. */
  readonly position: string
  /** How many events the actor has now. */
  readonly version: number
  /** How many events this command caused; 0 when there was nothing to do. */
  readonly events: number
}

/** A rejection with its fields as they travel. */
export interface PlainRejection {
  readonly kind: "rejection"
  readonly type: string
  readonly data: Record<string, unknown>
}

/** The answer to a command: accepted, or one of the contract's rejections. */
export type Answer<R extends Message<"rejection">> = Accepted | R

/** What accompanies a question. */
export interface QueryOptions {
  /** Positions that the views must have reached, such as `orders:1234`. */
  readonly after?: string | undefined
  readonly timeoutMs?: number | undefined
}

/** A result, and how far the views that it was read from were. */
export interface QueryAnswer<R> {
  readonly result: R
  readonly position: string
}

/** Asks by contract. Promises reject with a `Failure`: outages are safe to ask again. */
export interface Client {
  /** Asks one actor to do something; resolves once it is stored, or was rejected. */
  readonly ask: <K extends AnyContract>(
    contract: K,
    id: string,
    command: CommandOf<K>,
    options?: EnvelopeOptions,
  ) => Promise<Answer<RejectionOf<K>>>
  /** Asks the read side. */
  readonly query: <P, R>(
    query: QueryShape<P, R>,
    params: P,
    options?: QueryOptions,
  ) => Promise<QueryAnswer<R>>
  /** As `ask`, by names and plain fields: for gateways, which pass on what they were given. */
  readonly askPlain: (
    name: string,
    id: string,
    type: string,
    fields: unknown,
    options?: EnvelopeOptions,
  ) => Promise<Accepted | PlainRejection>
  /** As `query`, by name and plain parameters. */
  readonly queryPlain: (
    name: string,
    params: unknown,
    options?: QueryOptions,
  ) => Promise<QueryAnswer<unknown>>
}

/** The parts of a query that asking needs. */
export type QueryShape<P, R> = Pick<Query, "name"> & {
  readonly params: { readonly encode: (params: P) => unknown }
  readonly result: { readonly decode: (plain: unknown) => R }
}

const outage = (what: string, type: Exclude<Reply["type"], "reply">): Failure => {
  if (type === "timeout") {
    return new Timeout({
      message: `${what} was not answered in time; its outcome is unknown: ask again with the ` +
        "same command id",
    })
  }
  if (type === "too-large") {
    return new TooLarge({ message: `${what} is larger than one message may be` })
  }
  const reason = type === "no-responders" ? "nobody serves it now" : "the connection is lost"
  return new Unavailable({ message: `${what} cannot be answered: ${reason}`, retryAfterMs: 1_000 })
}

const plainOf = (payload: Uint8Array, headers: Headers): unknown => {
  const type = headers[HEADER.contentType]
  return decode(type === undefined ? sniffFormat(payload) : formatOfType(type), payload)
}

/** Makes a client that speaks over this wire. */
export const createClient = (wire: Wire, format: Format = "msgpack"): Client => {
  const exchange = async (subject: string, plain: unknown, headers: Headers, timeoutMs: number) => {
    const payload = encode(format, plain)
    const all = { ...headers, [HEADER.contentType]: CONTENT_TYPE[format] }
    const reply = await requestOf(wire, subject, payload, all, timeoutMs)
    if (reply.type !== "reply") throw outage(subject, reply.type)
    return { plain: plainOf(reply.payload, reply.headers), headers: reply.headers }
  }

  const askPlain: Client["askPlain"] = async (name, id, type, fields, options = {}) => {
    const headers = writeEnvelope(options, Date.now())
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS
    const { plain } = await exchange(
      commandSubject(name, checkId(id), type),
      fields,
      headers,
      timeoutMs,
    )
    if (!isProblem(plain)) return { kind: "accepted", ...(plain as Omit<Accepted, "kind">) }
    const { type: urn, title, status: _status, ...data } = plain
    if (urn !== "urn:leftfold:rejection") throw fromProblem(plain)
    return { kind: "rejection", type: title, data }
  }

  const queryPlain: Client["queryPlain"] = async (name, params, options = {}) => {
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS
    const headers: Record<string, string> = { [HEADER.deadline]: String(Date.now() + timeoutMs) }
    if (options.after !== undefined) headers[HEADER.after] = options.after
    const answer = await exchange(querySubject(name), params, headers, timeoutMs)
    if (isProblem(answer.plain)) throw fromProblem(answer.plain)
    return { result: answer.plain, position: answer.headers[HEADER.position] ?? "" }
  }

  return {
    askPlain,
    queryPlain,
    ask: async (contract, id, command, options) => {
      const { type, data } = contract.codec.plain(command)
      const answer = await askPlain(contract.name, id, type, data, options)
      if (answer.kind === "accepted") return answer
      // The codec has just checked the answer against the contract that the type is made from.
      const rejection: Message = contract.codec.rejection(answer.type, answer.data)
      return rejection as RejectionOf<typeof contract>
    },
    query: async (query, params, options) => {
      const answer = await queryPlain(query.name, query.params.encode(params), options)
      return { result: query.result.decode(answer.result), position: answer.position }
    },
  }
}
