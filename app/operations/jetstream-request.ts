/** One request to JetStream's API, repeated while its servers elect a leader. */
import { setTimeout as pause } from "node:timers/promises"
import { Schema } from "effect"
import { schemaCodec } from "../../contracts/internal.ts"
import { decodeText, type Reply, requestOf, type Wire } from "../../wire/internal.ts"
import { JETSTREAM } from "../limits.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The state of a stream as its server counts it. Servers send more fields than these. */
export const StateSchema = Schema.StructWithRest(
  Schema.Struct({
    messages: Count,
    bytes: Count,
    first_seq: Count,
    last_seq: Count,
    /** Messages missing between the first and the last; absent when no message is missing. */
    num_deleted: Schema.optionalKey(Count),
  }),
  [Schema.Record(Schema.String, Schema.Unknown)],
)

/** The settings of a stream, as a server names them. */
export const SettingsSchema = Schema.Record(Schema.String, Schema.Unknown)

/** The state of a stream. */
export type StreamState = typeof StateSchema.Type

/** The settings of a stream. */
export type StreamSettings = typeof SettingsSchema.Type

const answer = schemaCodec(
  Schema.Struct({
    error: Schema.optionalKey(
      Schema.Struct({ description: Schema.String, err_code: Schema.optionalKey(Schema.Int) }),
    ),
    config: Schema.optionalKey(SettingsSchema),
    state: Schema.optionalKey(StateSchema),
    deliver_subject: Schema.optionalKey(Schema.String),
  }),
  "an answer of JetStream",
)

/** JetStream has refused the request. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused"
  /** JetStream's number for the reason; 0 when the server gives no number. */
  readonly code: number

  constructor(message: string, code = 0) {
    super(message)
    this.code = code
  }
}

/** A request, and how long to wait. */
export interface JetStreamRequest {
  readonly subject: string
  /** The start of each error message: what has failed when this request fails. */
  readonly what: string
  readonly payload: Uint8Array
  /** How long the server has to answer, in milliseconds. */
  readonly timeoutMs?: number
  /** How long to retry while no server takes the request, in milliseconds. */
  readonly electionMs?: number
}

/** Retries until a server takes the request. A request that no server took has had no effect. */
const taken = async (wire: Wire, request: JetStreamRequest): Promise<Reply> => {
  const { subject, what, payload } = request
  const { timeoutMs = JETSTREAM.timeoutMs, electionMs = JETSTREAM.electionMs } = request
  const electedBy = performance.now() + electionMs
  for (;;) {
    const reply = await requestOf(wire, subject, payload, {}, timeoutMs)
    if (reply.type !== "no-responders") return reply
    if (performance.now() >= electedBy) {
      throw new Error(
        `${what}: no server has taken the request for ${electionMs / 1_000} s: ` +
          "check that JetStream is enabled for this account and that its servers have a leader",
      )
    }
    await pause(JETSTREAM.pauseMs)
  }
}

/**
 * Asks JetStream; resolves to its answer. Rejects with `RequestRefused` when JetStream refuses, and
 * with an `Error` when no server answers in time or the answer cannot be read.
 */
export const askJetStream = async (wire: Wire, request: JetStreamRequest) => {
  const { what } = request
  const reply = await taken(wire, request)
  if (reply.type !== "reply") throw new Error(`${what}: JetStream does not answer (${reply.type})`)
  const text = decodeText(reply.payload)
  if (text === "") return {}
  const { error, ...rest } = answer.decode(JSON.parse(text))
  if (error) throw new RequestRefused(`${what}: ${error.description}`, error.err_code)
  return rest
}
