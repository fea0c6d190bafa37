/** The codec: plain values in one of the formats, told apart by content type or first byte. */
import {
  Malformed,
  messageOf,
  NotCarried,
  type ProtobufMessages,
  TooLarge,
  TooManyValues,
  UnsupportedFormat,
} from "../contracts/plain.ts"
import { readJson } from "./format/json-reader.ts"
import { parseMediaType } from "./format/media-type.ts"
import { type ReadLimits, readMsgpack } from "./format/msgpack-reader.ts"
import { writeMsgpack } from "./format/msgpack-writer.ts"
import { plainAnswerOf, questionFields, resultBytes } from "./format/protobuf-answer.ts"
import { encodeText } from "./bytes.ts"
import { NESTING, OWN_NESTING, VALUES } from "./limits.ts"

/** The formats that need no contract. */
export type PlainFormat = "json" | "msgpack"

/** The supported formats. */
export type Format = PlainFormat | "protobuf"

/** The content type of each format. */
export const CONTENT_TYPE = {
  json: "application/json",
  msgpack: "application/msgpack",
  protobuf: "application/protobuf",
} as const

const SPOKEN = "send application/json, application/msgpack or application/protobuf"

const NAMES = { json: "JSON", msgpack: "MessagePack", protobuf: "Protobuf" } as const

const formatOfName = (type: string): Format | undefined => {
  if (type === CONTENT_TYPE.json || /^application\/[^/]+\+json$/.test(type)) return "json"
  if (/^application\/(?:vnd\.|x-)?msgpack$/.test(type)) return "msgpack"
  return /^application\/(?:vnd\.google\.|x-)?protobuf$/.test(type) ? "protobuf" : undefined
}

/**
 * The format that a content type names. Throws `UnsupportedFormat`, also for a charset other than
 * UTF-8. Other parameters are ignored.
 */
export const formatOfType = (contentType: string): Format => {
  if (contentType === CONTENT_TYPE.msgpack) return "msgpack"
  if (contentType === CONTENT_TYPE.json) return "json"
  const { type = "", parameters } = parseMediaType(contentType) ?? {}
  const format = formatOfName(type)
  if (format === undefined) {
    const shown = contentType.slice(0, 100)
    throw new UnsupportedFormat({ message: `"${shown}" is not spoken here: ${SPOKEN}` })
  }
  const charset = parameters?.get("charset")
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new UnsupportedFormat({
      message: `the charset "${charset.slice(0, 100)}" is not spoken here: send UTF-8`,
    })
  }
  return format
}

/** Throws `UnsupportedFormat` for contents that are compressed or encoded in any other way. */
export const checkCoding = (coding: string | undefined): void => {
  if (coding === undefined || coding.toLowerCase() === "identity") return
  throw new UnsupportedFormat({
    message: `the content encoding "${coding.slice(0, 100)}" is not spoken here: send it as it is`,
  })
}

/** The format of these bytes. A MessagePack map never starts with a byte that JSON starts with. */
export const sniffFormat = (bytes: Uint8Array): PlainFormat => {
  const first = bytes[0]
  return first !== undefined && first >= 0x80 ? "msgpack" : "json"
}

/**
 * The bytes of a plain value; undefined becomes null. In Protobuf it is a result. Throws
 * `RangeError` for a value nested too deeply to be read again.
 */
export const encode = (format: Format, value: unknown): Uint8Array =>
  format === "json"
    ? encodeText(JSON.stringify(value ?? null))
    : format === "msgpack"
    ? writeMsgpack(value, OWN_NESTING)
    : resultBytes(value)

/** Limits for bytes that anybody may have sent. */
const ANYBODY: ReadLimits = { levels: NESTING, values: VALUES, own: false }

/** Limits for bytes that we wrote ourselves around what others sent: deeper and larger. */
const OWN: ReadLimits = { levels: OWN_NESTING, values: 2 ** 30, own: true }

/**
 * The plain value of bytes that anybody may have sent. An empty payload is an empty map. Throws
 * `Malformed` for bytes that are not in this format, and `TooLarge` for too many values.
 */
export const decode = (format: Format, bytes: Uint8Array): unknown =>
  bytes.length === 0 ? {} : read(format, bytes, ANYBODY)

/** As `decode`, but throws `Malformed` for anything that is not a map of fields. */
export const decodeFields = (format: Format, bytes: Uint8Array): Record<string, unknown> => {
  const value = decode(format, bytes)
  if (isMap(value)) return value
  throw new Malformed({ message: 'the payload must be a map of fields, such as {"reason":"…"}' })
}

/**
 * As `decode`, for bytes that one of our processes wrote: an answer or a stored message. They may
 * contain binary values, deeper nesting, and any number of values. Throws `Malformed`.
 */
export const decodeOwn = (format: Format, bytes: Uint8Array): unknown =>
  bytes.length === 0 ? {} : read(format, bytes, OWN)

/** What is needed of a contract to read its commands. */
interface ProtobufSpeaker {
  readonly name: string
  readonly codec: { readonly protobuf: ProtobufMessages | undefined }
}

/** The fields of a command in Protobuf, which its contract knows. Throws a `Failure`. */
export const protobufFields = (
  { name, codec: { protobuf } }: ProtobufSpeaker,
  type: string,
  bytes: Uint8Array,
): Record<string, unknown> => {
  if (!protobuf) {
    const message =
      `${name} has no Protobuf numbers: send JSON or MessagePack, or define it with ` +
      "those that leftfold schema proto writes"
    throw new UnsupportedFormat({ message })
  }
  return readWith("protobuf", () => protobuf.read(type, bytes, ANYBODY)) as Record<string, unknown>
}

/** Whether a plain value is a whole number, 0 or more. */
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** Whether a plain value is a map of fields. */
export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const readProtobuf = (bytes: Uint8Array, { levels, values, own }: ReadLimits): unknown =>
  own ? plainAnswerOf(bytes) : questionFields(bytes, levels, values)

const read = (format: Format, bytes: Uint8Array, limits: ReadLimits): unknown => {
  try {
    if (format === "msgpack") return readMsgpack(bytes, limits)
    return format === "json" ? readJson(bytes, limits) : readProtobuf(bytes, limits)
  } catch (error) {
    throw unreadable(format, error)
  }
}

const readWith = (format: Format, read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    throw unreadable(format, error)
  }
}

const unreadable = (format: Format, error: unknown): Error => {
  if (error instanceof NotCarried) return new UnsupportedFormat({ message: error.message })
  const reason = messageOf(error).slice(0, 200)
  if (error instanceof TooManyValues) {
    return new TooLarge({ message: `the payload is too large: ${reason}` })
  }
  return new Malformed({
    message: `the payload is not ${NAMES[format]} as it is spoken here: ${reason}`,
  })
}
