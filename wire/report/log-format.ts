/** How the lines of the log look: as Effect writes them, readable in colour, or as JSON. */
import process from "node:process"
import { type LineFields, logThrough, withFields } from "../report.ts"

/** Every format by name. `plain` is that of Effect, and the one by default. */
export const LOG_FORMATS = ["plain", "pretty", "json"] as const

/** A format of the log. */
export type LogFormat = typeof LOG_FORMATS[number]

const COLORS: Readonly<Record<string, number>> = { info: 36, warn: 33, error: 31 }
const DIM = 2

const painted = (text: string, color: number | undefined, wanted: boolean): string =>
  wanted && color !== undefined ? `\x1b[${color}m${text}\x1b[0m` : text

type Line = (level: string, message: string, fields?: LineFields) => string

/** The time of day, the level, the message. */
const pretty = (colors: boolean): Line => (level, message, fields) => {
  const time = painted(new Date().toTimeString().slice(0, 8), DIM, colors)
  return `${time} ${painted(level.padEnd(5), COLORS[level], colors)} ${withFields(message, fields)}`
}

/** One line of JSON. Exported for its test. */
export const json: Line = (level, message, fields) =>
  JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })

/** Chooses the format of all lines of this process from now on. */
export const chooseLogFormat = (format: LogFormat, colors: boolean): void => {
  if (format === "plain") return
  const line = format === "json" ? json : pretty(colors)
  const write = (level: string) => (message: string, fields?: LineFields) =>
    void process.stdout.write(`${line(level, message, fields)}\n`)
  logThrough({ error: write("error"), warning: write("warn"), info: write("info") })
}
