/** What a caller asks the read side, and until when an answer is of use. */
import {
  bytesTaken,
  decodeFields,
  type Format,
  HEADER,
  type Incoming,
  REQUEST_TIMEOUT_MS,
  type Wire,
} from "../../wire/internal.ts"
import { Invalid, parsePositions, type Positions, Timeout } from "../../contracts/internal.ts"

/** A question, and how it is answered. */
export interface QueryRequest {
  readonly fields: Record<string, unknown>
  readonly format: Format
  /** The positions that the views must reach. */
  readonly after: Positions | undefined
  /** The positions of an answer that the caller has: it waits for the next one. */
  readonly newerThan: Positions | undefined
  /** The largest answer that the caller takes, in bytes. */
  readonly most: number
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly until: number
}

/** Reads a question. Throws a `Failure`, which is `Timeout` if its deadline has passed. */
export const askedOf = (wire: Wire, message: Incoming, format: Format): QueryRequest => {
  const { headers, payload } = message
  const now = Date.now()
  const until = Number(headers[HEADER.deadline] ?? now + REQUEST_TIMEOUT_MS)
  if (Number.isNaN(until)) {
    throw new Invalid({ message: `${HEADER.deadline} must be milliseconds since 1970` })
  }
  if (until <= now) throw new Timeout({ message: "the deadline of this query has passed" })
  const { [HEADER.after]: after, [HEADER.newerThan]: newerThan } = headers
  return {
    fields: decodeFields(format, payload),
    format,
    most: bytesTaken(wire, message),
    after: after === undefined ? undefined : parsePositions(after),
    newerThan: newerThan === undefined ? undefined : parsePositions(newerThan),
    until,
  }
}
