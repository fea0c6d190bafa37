/**
 * Writes to the log from plain code. An application writes through Effect's logger
 * (`report/effect-lines.ts`), so that one place configures it. A client without Effect writes to
 * the console.
 */
import { logEntry } from "./harmless.ts"
import { REPORT } from "./limits.ts"

/** Where lines go. */
export interface LogLines {
  readonly error: (line: string) => void
  readonly warning: (line: string) => void
  readonly info: (line: string) => void
}

let lines: LogLines = {
  error: (line) => console.error(line),
  warning: (line) => console.warn(line),
  info: (line) => console.info(line),
}

/** How many lines this process has written, by level. */
export const linesWritten = { error: 0, warning: 0, info: 0 }

/** How an entry is written: text that comes from outside is harmless in it. */
const entryOf = (text: string): string => logEntry(text, REPORT.characters)

/** From now on, all lines of this process go there. Returns where they went before. */
export const logThrough = (given: LogLines): LogLines => {
  const before = lines
  lines = given
  return before
}

const textOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  const text = cause.stack ?? cause.message
  return cause.cause === undefined ? text : `${text}\nbecause of ${textOf(cause.cause)}`
}

/** Reports something wrong that a person should know. */
export const reportError = (message: string, cause?: unknown): void => {
  linesWritten.error++
  lines.error(entryOf(cause === undefined ? message : `${message}\n${textOf(cause)}`))
}

/** Reports something unusual that the system copes with. */
export const reportWarning = (message: string): void => {
  linesWritten.warning++
  lines.warning(entryOf(message))
}

/** Reports something worth knowing. */
export const reportInfo = (message: string): void => {
  linesWritten.info++
  lines.info(entryOf(message))
}

/** The rate of lines. */
export interface Rate {
  /** How many lines may come in a row. */
  readonly burst: number
  /** How long until one more line is allowed, in milliseconds. */
  readonly everyMs: number
}

/**
 * Writes no more lines than the rate allows, for events that strangers can cause. The next line
 * says how many lines were omitted before it.
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

/** Calls back, and reports what the callback throws, because the caller could not handle it. */
export const callBack = <T>(callback: (value: T) => void, value: T, what: string): void => {
  try {
    callback(value)
  } catch (error) {
    reportError(`${what} failed`, error)
  }
}
