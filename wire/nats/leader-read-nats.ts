/** What the leader of a stream answers when it is asked for a message. */
import { Buffer } from "node:buffer"
import { Unavailable } from "../../contracts/internal.ts"
import { decodeText } from "../bytes.ts"
import type { LogMessage } from "../log/log-message.ts"
import { JETSTREAM_ERROR } from "./jetstream-error.ts"

/** The header that names the last sequence that a subject must have for a message to be stored. */
export const EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"

interface LeaderAnswer {
  readonly message?: {
    readonly seq: number
    readonly subject: string
    readonly data?: string
    readonly time: string
  }
  readonly error?: { readonly err_code: number; readonly description: string }
}

/**
 * The message in a leader's answer; undefined if the leader has no such message. Throws
 * `Unavailable`, which names `what` is read, if the leader cannot read it now.
 */
export const leaderMessage = (what: string, payload: Uint8Array): LogMessage | undefined => {
  const { message, error }: LeaderAnswer = JSON.parse(decodeText(payload))
  if (error?.err_code === JETSTREAM_ERROR.noMessage) return undefined
  if (!message) {
    const reason = error?.description ?? "no message was answered"
    throw new Unavailable({ message: `${what} cannot be read: ${reason}`, retryAfterMs: 1_000 })
  }
  const { seq: sequence, subject, data = "", time } = message
  return { subject, sequence, payload: Buffer.from(data, "base64"), time: Date.parse(time) }
}
