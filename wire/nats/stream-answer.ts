/**
 * The acknowledgement of a stream that records the subjects of requests. It comes to the caller's
 * inbox, usually before the answer of the service, and must not be taken for that answer.
 */
import { decodeText } from "../bytes.ts"

/** No answer of a service begins like one of these; every acknowledgement of a stream does. */
const BEGINNINGS = ['{"stream":', '{"error":{"code":']

const LONGEST = Math.max(...BEGINNINGS.map(({ length }) => length))

/** Whether only services of ours answer at this subject. Streams answer at others on purpose. */
export const isServiceSubject = (subject: string): boolean =>
  subject.startsWith("cmd.") || subject.startsWith("own.") || subject.startsWith("qry.") ||
  subject.startsWith("as.")

/** Whether these bytes are the acknowledgement of a stream, or its refusal. */
export const isStreamAnswer = (payload: Uint8Array): boolean => {
  // Most answers are MessagePack, and the first byte tells.
  if (payload[0] !== 0x7b) return false
  const text = decodeText(payload.subarray(0, LONGEST))
  return BEGINNINGS.some((beginning) => text.startsWith(beginning))
}
