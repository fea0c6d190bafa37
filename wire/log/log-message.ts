/** A message of a context's log, as its stream keeps it. */

/** One message of a stream. */
export interface LogMessage {
  readonly subject: string
  readonly sequence: number
  readonly payload: Uint8Array
  /** When it was stored, in milliseconds since 1970. */
  readonly time: number
  /** Whether it was handed out to this reader before, and may have been handled. */
  readonly redelivered?: boolean
}
