/** The plain value of an answer: its payload, read in the format that the answer is in. */
import { decodeOwn, formatOfType, sniffFormat } from "../codec.ts"
import { HEADER } from "../header.ts"
import type { Answered } from "../wire.ts"

/** Reads the payload of an answer. Throws a `Failure` if the payload cannot be read. */
export const plainAnswer = ({ payload, headers }: Answered): unknown => {
  const type = headers[HEADER.contentType]
  return decodeOwn(type === undefined ? sniffFormat(payload) : formatOfType(type), payload)
}
