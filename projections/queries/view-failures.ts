/** The failures of queries that wait for a view. */
import { Invalid, Unavailable } from "../../contracts/internal.ts"
import { HEADER } from "../../wire/internal.ts"

/** The failure of a query that waits while its server stops. */
export const stopped = (): Unavailable =>
  new Unavailable({ message: "this server of queries was stopped", retryAfterMs: 1_000 })

/** The failure for a position that a log cannot reach while the caller waits. */
export const unreachable = (context: string, wanted: number, end: number | undefined): Invalid => {
  const why = end === undefined ? "there is no such log" : `its log ends at ${end}`
  const message = `${context}:${wanted} cannot be reached: ${why}`
  return new Invalid({ message, issues: [{ path: HEADER.after, message }] })
}
