/** Reads messages from the leader of a stream. */
import { Buffer } from "node:buffer"
import { Unavailable } from "../../contracts/internal.ts"
import { jetStream } from "../address.ts"
import { decodeText, encodeText } from "../bytes.ts"
import type { LogMessage } from "../log/log-message.ts"
import { NO_HEADERS, requestOf } from "../wire.ts"
import { JETSTREAM_ERROR } from "./jetstream-error.ts"
import type { NatsWire } from "./wire-nats.ts"

/** The header that names the last sequence that a subject must have for a message to be stored. */
export const EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"

interface LeaderAnswer {
  readonly message?: {
    readonly seq: number
    readonly subject: string
    readonly data?: string
    readonly hdrs?: string
    readonly time: string
  }
  readonly error?: { readonly err_code: number; readonly description: string }
}

/** A message as the leader of its stream has it. */
export interface LeaderMessage extends LogMessage {
  /** The lines of its headers, as NATS writes them; empty without headers. */
  readonly headers: string
}

/**
 * The message in a leader's answer; undefined if the leader has no such message. Throws
 * `Unavailable`, which names `what` is read, if the leader cannot read it now.
 */
export const leaderMessage = (what: string, payload: Uint8Array): LeaderMessage | undefined => {
  const { message, error }: LeaderAnswer = JSON.parse(decodeText(payload))
  if (error?.err_code === JETSTREAM_ERROR.noMessage) return undefined
  if (!message) {
    const reason = error?.description ?? "no message was answered"
    throw new Unavailable({ message: `${what} cannot be read: ${reason}`, retryAfterMs: 1_000 })
  }
  const { seq: sequence, subject, data = "", hdrs = "", time } = message
  return {
    ...{ subject, sequence, time: Date.parse(time) },
    payload: Buffer.from(data, "base64"),
    headers: decodeText(Buffer.from(hdrs, "base64")),
  }
}

/** Where the last message is read, and how long the leader has to answer, in milliseconds. */
export interface LastRead {
  readonly stream: string
  readonly subject: string
  /** What is read, as the subject of a sentence. */
  readonly what: string
  readonly timeoutMs: number
}

/**
 * The last message of a subject, as the leader of its stream has it; undefined without one. Rejects
 * with `Unavailable`, which names `what` is read, if the leader does not answer or cannot read.
 */
export const lastFromLeader = async (
  wire: Pick<NatsWire, "request" | "names">,
  { stream, subject, what, timeoutMs }: LastRead,
): Promise<LeaderMessage | undefined> => {
  const query = encodeText(JSON.stringify({ last_by_subj: wire.names.subject(subject) }))
  const reply = await requestOf(wire, jetStream.leaderGet(stream), query, NO_HEADERS, timeoutMs)
  if (reply.type === "reply") return leaderMessage(what, reply.payload)
  throw new Unavailable({ message: `${what} cannot be read: ${reply.type}`, retryAfterMs: 1_000 })
}
