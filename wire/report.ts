/**
 * Writes to the log from plain code. An application writes through Effect's logger
 * (`report/effect-lines.ts`), so that one place configures it. A client without Effect writes to
 * the console.
 */
import { harmless, logEntry } from "./harmless.ts"
import { REPORT } from "./limits.ts"

/** What a line belongs to, if it is about a request. */
export interface LineFields {
  /** What all that followed from the request has in common. */
  readonly correlation?: string | undefined
  /** The id of the command. */
  readonly command?: string | undefined
}

/** The fields of a line about a command, whose correlation is its id unless another is given. */
export const lineFields = (command?: string, correlation = command): LineFields => ({
  correlation,
  command,
})

/** Writes one line. */
export type WriteLine = (line: string, fields?: LineFields) => void

/** Where lines go. */
export interface LogLines {
  readonly error: WriteLine
  readonly warning: WriteLine
  readonly info: WriteLine
}

/** The fields as text behind a line, such as ` (correlation c-1)`; empty without fields. */
const fieldsText = (fields: LineFields = {}): string => {
  const told = Object.entries(fields)
  return told.length === 0 ? "" : ` (${told.map(([name, value]) => `${name} ${value}`).join(", ")})`
}

/** Puts the fields at the end of the first line. */
export const withFields = (line: string, fields?: LineFields): string => {
  if (fields === undefined) return line
  const end = line.indexOf("\n")
  const first = end < 0 ? line : line.slice(0, end)
  return first + fieldsText(fields) + line.slice(first.length)
}

let lines: LogLines = {
  error: (line, fields) => console.error(withFields(line, fields)),
  warning: (line, fields) => console.warn(withFields(line, fields)),
  info: (line, fields) => console.info(withFields(line, fields)),
}

/** How many lines this process has written, by level. */
export const linesWritten = { error: 0, warning: 0, info: 0 }

/** The fields as they are written: on one line, and harmless. */
const harmlessFields = (fields?: LineFields): LineFields | undefined =>
  fields && Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]: [string, string | undefined]) =>
      value === undefined
        ? []
        : [[name, harmless(value.slice(0, REPORT.field)).replace(/\s/g, " ")]]
    ),
  )

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
export const reportError = (message: string, cause?: unknown, fields?: LineFields): void => {
  linesWritten.error++
  lines.error(
    entryOf(cause === undefined ? message : `${message}\n${textOf(cause)}`),
    harmlessFields(fields),
  )
}

/** Reports something unusual that the system copes with. */
export const reportWarning = (message: string, fields?: LineFields): void => {
  linesWritten.warning++
  lines.warning(entryOf(message), harmlessFields(fields))
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
 * says how many lines were omitted before it. Returns whether the line was written.
 */
export const limited = (
  report: WriteLine,
  { burst, everyMs }: Rate,
  now: () => number = () => performance.now(),
): (message: string, fields?: LineFields) => boolean => {
  let [room, since, omitted] = [burst, now(), 0]
  return (message, fields) => {
    const regained = Math.floor((now() - since) / everyMs)
    room = Math.min(burst, room + regained)
    since = room === burst ? now() : since + regained * everyMs
    if (room === 0) {
      omitted++
      return false
    }
    room--
    report(omitted === 0 ? message : `${message} (and ${omitted} more like it before)`, fields)
    omitted = 0
    return true
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
