/** How plain code writes to the log: through Effect's logger, so that one place configures it. */
import { Effect } from "effect"

const textOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  const text = cause.stack ?? cause.message
  return cause.cause === undefined ? text : `${text}\nbecause of ${textOf(cause.cause)}`
}

/** Something is wrong and a person should know. */
export const reportError = (message: string, cause?: unknown): void =>
  Effect.runSync(Effect.logError(cause === undefined ? message : `${message}\n${textOf(cause)}`))

/** Something is unusual, and the system copes. */
export const reportWarning = (message: string): void => Effect.runSync(Effect.logWarning(message))

/** Something worth knowing. */
export const reportInfo = (message: string): void => Effect.runSync(Effect.logInfo(message))

/** How many lines are written. */
export interface Rate {
  /** Lines in a row. */
  readonly burst: number
  /** After how long there is room for one more, in milliseconds. */
  readonly everyMs: number
}

/**
 * Writes no more lines than the rate allows, however often it is called: for what strangers can
 * cause. A line says how many were left out before it.
 */
export const limited = (
  report: (message: string) => void,
  { burst, everyMs }: Rate,
  now: () => number = () => performance.now(),
): (message: string) => void => {
  let [room, since, omitted] = [burst, now(), 0]
  return (message) => {
    const regained = Math.floor((now() - since) / everyMs)
    room = Math.min(burst, room + regained)
    since = room === burst ? now() : since + regained * everyMs
    if (room === 0) {
      omitted++
      return
    }
    room--
    report(omitted === 0 ? message : `${message} (and ${omitted} more like it before)`)
    omitted = 0
  }
}

/** Calls back, and reports what the callback throws, because its caller cannot pass it on. */
export const callBack = <T>(callback: (value: T) => void, value: T, what: string): void => {
  try {
    callback(value)
  } catch (error) {
    reportError(`${what} failed`, error)
  }
}
