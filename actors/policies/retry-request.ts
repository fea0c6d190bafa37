/** A request of an operator: parked work is taken up again, or a part of the log is replayed. */
import { Schema } from "effect"
import { schemaCodec } from "../../contracts/internal.ts"
import { decodeOwn, encode } from "../../wire/internal.ts"
import type { Timer } from "./timers/timers.ts"

const Fields = Schema.Struct({
  kind: Schema.Literals(["event", "timer"]),
  /** What shares its order: the subject of an actor's log, or the key of a timer. */
  of: Schema.String,
  /** The operator who discards the first of it; the rest is tried again. */
  discardedBy: Schema.optional(Schema.String),
})

/** Which parked work to try again. */
export type RetryRequest = typeof Fields.Type

const Range = Schema.Struct({
  kind: Schema.Literal("replay"),
  context: Schema.String,
  /** The first and the last sequence in the log. */
  from: Schema.Int,
  to: Schema.Int,
  /** Tells this replay from others, if it is to do everything again, under new command ids. */
  again: Schema.optional(Schema.String),
})

/** Which part of a log a policy is to handle again. */
export type ReplayRequest = typeof Range.Type

const codec = schemaCodec(Schema.Union([Fields, Range]), "a request to retry or replay")

/** No timer of a policy has a key that begins like this. */
const PREFIX = "r-"

/** The request as a timer that is due at once: it reaches one process that runs the policy. */
export const retryTimer = (policy: string, request: RetryRequest | ReplayRequest): Timer => ({
  policy,
  key: `${PREFIX}${crypto.randomUUID()}`,
  due: { at: Date.now() },
  payload: encode("json", codec.encode(request)),
})

/** Whether a timer that has fired is such a request. */
export const isRetryKey = (key: string): boolean => key.startsWith(PREFIX)

/** Reads a request. Throws `Malformed` or `Invalid` for other bytes. */
export const decodeRetry = (bytes: Uint8Array): RetryRequest | ReplayRequest =>
  codec.decode(decodeOwn("json", bytes))
