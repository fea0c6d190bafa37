/** Bytes and plain values: MessagePack and JSON, told apart by content type or by a look. */
import { Packr } from "msgpackr"
import { Malformed, NESTING, UnsupportedFormat } from "../contracts/internal.ts"

/** The two formats spoken. */
export type Format = "json" | "msgpack"

/** The content type of each format. */
export const CONTENT_TYPE = { json: "application/json", msgpack: "application/msgpack" } as const

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: "number",
  encodeUndefinedAsNil: true,
})
const utf8 = new TextEncoder()
const text = new TextDecoder("utf-8", { fatal: true })

/** The format that a content type names. Throws `UnsupportedFormat`. */
export const formatOfType = (contentType: string): Format => {
  if (contentType === CONTENT_TYPE.msgpack) return "msgpack"
  if (contentType === CONTENT_TYPE.json) return "json"
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? ""
  if (type === "application/json" || type.endsWith("+json")) return "json"
  if (/^application\/(vnd\.)?(x-)?msgpack$/.test(type)) return "msgpack"
  throw new UnsupportedFormat({
    message: `"${type.slice(0, 100)}" is not spoken here: send application/json or ` +
      "application/msgpack",
  })
}

/** The format of these bytes: a map of MessagePack never starts like a text of JSON. */
export const sniffFormat = (bytes: Uint8Array): Format => {
  const first = bytes[0]
  return first !== undefined && first >= 0x80 ? "msgpack" : "json"
}

/** The bytes of a plain value; a value that is not there is null. */
export const encode = (format: Format, value: unknown): Uint8Array =>
  format === "json" ? utf8.encode(JSON.stringify(value ?? null)) : packr.pack(value)

/** The plain value of these bytes; no bytes are an empty map. Throws `Malformed`. */
export const decode = (format: Format, bytes: Uint8Array): unknown => {
  if (bytes.length === 0) return {}
  const value = read(format, bytes)
  // Each level takes a byte at least, so most payloads need no closer look.
  if (bytes.length > NESTING && isDeeper(value, NESTING)) {
    throw new Malformed({ message: `the payload is nested more than ${NESTING} levels deep` })
  }
  return value
}

/** As `decode`, but throws `Malformed` for anything that is not a map of fields. */
export const decodeFields = (format: Format, bytes: Uint8Array): Record<string, unknown> => {
  const value = decode(format, bytes)
  if (isMap(value)) return value
  throw new Malformed({ message: 'the payload must be a map of fields, such as {"reason":"…"}' })
}

/** MessagePack that we have written ourselves, so its depth is known. Throws `Malformed`. */
export const decodeStored = (bytes: Uint8Array): unknown => read("msgpack", bytes)

/** Whether a plain value is a map of fields. */
export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const read = (format: Format, bytes: Uint8Array): unknown => {
  try {
    return format === "json" ? readJson(text.decode(bytes)) : packr.unpack(bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const name = format === "json" ? "JSON" : "MessagePack"
    throw new Malformed({ message: `the payload is not ${name}: ${reason.slice(0, 200)}` })
  }
}

/** The name as it is, or an escape that may be one of its letters. */
const maybePrototype = /__proto__|\\u00[567]/

const readJson = (json: string): unknown =>
  maybePrototype.test(json) ? JSON.parse(json, refusePrototype) : JSON.parse(json)

/** Such a field would become the prototype of whatever its map is copied to by assignment. */
const refusePrototype = (key: string, value: unknown): unknown => {
  if (key !== "__proto__") return value
  throw new TypeError('a field called "__proto__" is refused')
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" && value !== null &&
  (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)))
