/** The codec: plain values as MessagePack or JSON, told apart by content type or first byte. */
import { Malformed, messageOf, TooLarge, UnsupportedFormat } from "../contracts/plain.ts"
import { readJson } from "./format/json-reader.ts"
import { parseMediaType } from "./format/media-type.ts"
import { type ReadLimits, readMsgpack, TooManyValues } from "./format/msgpack-reader.ts"
import { writeMsgpack } from "./format/msgpack-writer.ts"
import { encodeText } from "./bytes.ts"
import { NESTING, OWN_NESTING, VALUES } from "./limits.ts"

/** The two supported formats. */
export type Format = "json" | "msgpack"

/** The content type of each format. */
export const CONTENT_TYPE = { json: "application/json", msgpack: "application/msgpack" } as const

const SPOKEN = "send application/json or application/msgpack"

const formatOfName = (type: string): Format | undefined => {
  if (type === CONTENT_TYPE.json || /^application\/[^/]+\+json$/.test(type)) return "json"
  return /^application\/(?:vnd\.|x-)?msgpack$/.test(type) ? "msgpack" : undefined
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
export const sniffFormat = (bytes: Uint8Array): Format => {
  const first = bytes[0]
  return first !== undefined && first >= 0x80 ? "msgpack" : "json"
}

/**
 * The bytes of a plain value; undefined becomes null. Throws `RangeError` for a value nested too
 * deeply to be read again.
 */
export const encode = (format: Format, value: unknown): Uint8Array =>
  format === "json" ? encodeText(JSON.stringify(value ?? null)) : writeMsgpack(value, OWN_NESTING)

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

/** Whether a plain value is a whole number, 0 or more. */
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** Whether a plain value is a map of fields. */
export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const read = (format: Format, bytes: Uint8Array, limits: ReadLimits): unknown => {
  try {
    return format === "json" ? readJson(bytes, limits) : readMsgpack(bytes, limits)
  } catch (error) {
    const reason = messageOf(error).slice(0, 200)
    if (error instanceof TooManyValues) {
      throw new TooLarge({ message: `the payload is too large: ${reason}` })
    }
    const name = format === "json" ? "JSON" : "MessagePack"
    throw new Malformed({ message: `the payload is not ${name} as it is spoken here: ${reason}` })
  }
}
