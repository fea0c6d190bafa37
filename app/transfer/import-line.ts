/** A line of an import: an event or a command of one actor, checked against its contract. */
import { Buffer } from "node:buffer"
import {
  type AnyContract,
  Invalid,
  isFailure,
  type Message,
  NotFound,
  type PlainMessage,
  StoredProtobuf,
} from "../../contracts/internal.ts"
import {
  callersCommandId,
  checkId,
  checkToken,
  decode,
  isCount,
  isMap,
  METADATA_HEADER,
  METADATA_NAMES,
  readMetadata,
  type StoredEvent,
  type StoredMetadata,
} from "../../wire/internal.ts"
import type { FileLine } from "./file-lines.ts"
import { IMPORT } from "./limits.ts"

/** What every line says. */
interface Line {
  /** The number of its line in the file. */
  readonly line: number
  readonly contract: AnyContract
  readonly id: string
  /** The id under which its command is stored: a second import finds it by this. */
  readonly command: string
  /** How many bytes its line has. */
  readonly bytes: number
}

/** A line with an event that has happened. */
export interface EventLine extends Line {
  readonly event: StoredEvent
}

/** A line with a command to be decided now. */
export interface CommandLine extends Line {
  readonly type: string
  readonly data: unknown
  readonly metadata: StoredMetadata
}

/** A line of an import. */
export type ImportLine = EventLine | CommandLine

/** How lines are read. */
export interface LineOptions {
  readonly contracts: ReadonlyMap<string, AnyContract>
  /** Names this import: a line without an id of its own gets `<source>:<its number>`. */
  readonly source: string
  readonly now: number
}

/** Members of metadata that are words of this system; others are those of W3C. */
const TOKENS: ReadonlySet<string> = new Set(["correlation", "causation", "principal"])

const FIELDS = new Set([
  ...["contract", "id", "event", "command", "data", "time", "commandId", "schema"],
  ...["version", "position", "protobuf"],
  ...METADATA_NAMES,
])

const invalid = (message: string): Invalid => new Invalid({ message })

const textOf = (fields: Record<string, unknown>, name: string): string | undefined => {
  const value = fields[name]
  if (value === undefined || typeof value === "string") return value
  throw invalid(`${name} must be text`)
}

const contractOf = (fields: Record<string, unknown>, { contracts }: LineOptions): AnyContract => {
  const name = textOf(fields, "contract") ?? ""
  const contract = contracts.get(name)
  if (contract) return contract
  throw new NotFound({
    message: `there is no contract "${name.slice(0, 130)}"; there are: ${
      [...contracts.keys()].join(", ")
    }`,
  })
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

/** The time in a text; NaN for a text that says none, such as the 30th of February. */
const timeIn = (text: string): number => {
  const [, year, month, day] = TIME.exec(text) ?? []
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  // `Date` takes the 30th of February for the 2nd of March.
  return Number(day) <= days ? Date.parse(text) : NaN
}

const timeOf = (fields: Record<string, unknown>, now: number): number => {
  const { time } = fields
  const parsed = isCount(time) ? time : typeof time === "string" ? timeIn(time) : NaN
  if (Number.isNaN(parsed) || parsed < 0) {
    throw invalid("time must be when it happened, such as 2019-03-01T12:00:00Z, from 1970 on")
  }
  if (parsed > now + IMPORT.futureMs) throw invalid(`time ${String(time)} is in the future`)
  return parsed
}

/** The metadata of a line, with the limits that it has in the headers of a command. */
const metadataOf = (fields: Record<string, unknown>): StoredMetadata => {
  const headers: Record<string, string> = {}
  const given = METADATA_NAMES.filter((name) => textOf(fields, name) !== undefined)
  for (const name of given) {
    const value = String(fields[name])
    headers[METADATA_HEADER[name]] = TOKENS.has(name) ? checkToken(name, value) : value
  }
  const metadata: StoredMetadata = {}
  readMetadata(headers, metadata)
  const malformed = given.find((name) => metadata[name] === undefined)
  if (malformed === undefined) return metadata
  throw invalid(
    malformed === "tracestate" && metadata.traceparent === undefined
      ? "tracestate must come with a traceparent"
      : `${malformed} is not as W3C has it`,
  )
}

/**
 * What is stored of the fields of an event: `encoded`, and what only a newer release knows. Known
 * fields are written as this code writes them, so that a line is known again in the log.
 */
const withUnknown = (given: unknown, encoded: unknown): unknown => {
  if (Array.isArray(given) && Array.isArray(encoded)) {
    if (given.length !== encoded.length) return encoded
    return encoded.map((each, at) => withUnknown(given[at], each))
  }
  if (!isMap(given) || !isMap(encoded)) return encoded
  const all: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(encoded)) {
    all[name] = Object.hasOwn(given, name) ? withUnknown(given[name], value) : value
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(encoded, name)) all[name] = value
  }
  return all
}

/** Whether plain fields are there within others, with the same values. */
const isWithin = (fields: unknown, others: unknown): boolean => {
  if (Array.isArray(fields)) {
    return Array.isArray(others) && fields.length === others.length &&
      fields.every((each, at) => isWithin(each, others[at]))
  }
  if (!isMap(fields)) return Object.is(fields, others)
  return isMap(others) &&
    Object.entries(fields).every(([name, value]) =>
      Object.hasOwn(others, name) && isWithin(value, others[name])
    )
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The fields in the bytes of a line, which must be those in its data. */
const protobufOf = (
  { codec, name }: AnyContract,
  stored: PlainMessage,
  text: string,
): StoredProtobuf => {
  if (!BASE64.test(text)) throw invalid("protobuf must be bytes in base64")
  const bytes = new StoredProtobuf(new Uint8Array(Buffer.from(text, "base64")))
  // This release may know names of fields that the one which exported them did not.
  if (isWithin(stored.data, codec.fields({ ...stored, data: bytes }))) return bytes
  throw invalid(
    `protobuf does not hold the fields in data as ${name} reads them: leave it out, or ` +
      "leave both as they were exported",
  )
}

const eventLine = (
  fields: Record<string, unknown>,
  common: Line,
  type: string,
  { now }: LineOptions,
): EventLine => {
  const { schema, data = {} } = fields
  if (schema !== undefined && (!isCount(schema) || schema === 0)) {
    throw invalid("schema must be the version of the event's schema, from 1 on")
  }
  const { codec } = common.contract
  const current = codec.evolution.current(type) ?? 1
  const given = { type, schema: schema ?? current, data }
  const read = codec.event(given)
  const protobuf = textOf(fields, "protobuf")
  const { correlation, ...metadata } = metadataOf(fields)
  const event = {
    type,
    schema: given.schema,
    // An event of an older schema is stored as it was, like those that are in the logs.
    data: protobuf !== undefined
      ? protobufOf(common.contract, given, protobuf)
      : Array.isArray(read) || given.schema !== current
      ? data
      : withUnknown(data, codec.plain(read as Message<"event">).data),
    command: common.command,
    time: timeOf(fields, now),
    imported: true as const,
    ...metadata,
    ...(correlation === undefined || correlation === common.command ? {} : { correlation }),
  }
  return { ...common, event }
}

const commandLine = (
  fields: Record<string, unknown>,
  common: Line,
  type: string,
): CommandLine => {
  if (fields.time !== undefined) {
    throw invalid("a command has no time, because it is decided now: import its events instead")
  }
  if (common.contract.internal.has(type)) {
    throw invalid(`${type} is internal: only policies send it. Import the events that it led to`)
  }
  const { data = {} } = fields
  common.contract.codec.command(type, data)
  const metadata = metadataOf(fields)
  if (metadata.principal !== undefined) {
    throw invalid("a command has no principal here: send it through a process that verifies it")
  }
  return { ...common, type, data, metadata }
}

const parsed = (text: string): Record<string, unknown> => {
  const value = decode("json", Buffer.from(text))
  if (isMap(value)) return value
  throw invalid('a line must be a map of fields, such as {"contract":"…","id":"…","event":"…"}')
}

const understood = (text: string, number: number, options: LineOptions): ImportLine => {
  const fields = parsed(text)
  const unknown = Object.keys(fields).find((name) => !FIELDS.has(name))
  if (unknown !== undefined) {
    throw invalid(
      `"${unknown.slice(0, 64)}" is no field of a line; there are: ${[...FIELDS].join(", ")}`,
    )
  }
  const contract = contractOf(fields, options)
  const id = checkId(textOf(fields, "id") ?? "")
  const [event, command] = [textOf(fields, "event"), textOf(fields, "command")]
  if ((event === undefined) === (command === undefined)) {
    throw invalid('a line has the name of either an "event" or a "command"')
  }
  const given = textOf(fields, "commandId")
  const commandId = checkToken("commandId", given ?? `${options.source}:${number}`)
  const common = { line: number, contract, id, bytes: text.length }
  return event !== undefined
    ? eventLine(fields, { ...common, command: commandId }, event, options)
    : commandLine(fields, { ...common, command: callersCommandId(commandId) }, command!)
}

/** A line, or why it is wrong; undefined for an empty line. */
export const importLine = (
  { number, text, problem }: FileLine,
  options: LineOptions,
): ImportLine | { readonly line: number; readonly problem: string } | undefined => {
  if (problem !== undefined) return { line: number, problem }
  if (text.trim() === "") return undefined
  try {
    return understood(text, number, options)
  } catch (error) {
    if (!isFailure(error)) throw error
    return { line: number, problem: error.message }
  }
}
