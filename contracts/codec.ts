/** Bytes and plain values: MessagePack and JSON, told apart by content type or by a look. */
import { Packr } from "msgpackr"
import { Malformed, UnsupportedFormat } from "./errors.ts"

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

/** The bytes of a plain value. */
export const encode = (format: Format, value: unknown): Uint8Array =>
  format === "json" ? utf8.encode(JSON.stringify(value)) : packr.pack(value)

/** The plain value of these bytes; no bytes are an empty map. Throws `Malformed`. */
export const decode = (format: Format, bytes: Uint8Array): unknown => {
  if (bytes.length === 0) return {}
  try {
    return format === "json" ? decodeJson(bytes) : packr.unpack(bytes)
  } catch (error) {
    if (error instanceof Malformed) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const name = format === "json" ? "JSON" : "MessagePack"
    throw new Malformed({ message: `the payload is not ${name}: ${reason.slice(0, 200)}` })
  }
}

/** As `decode`, but throws `Malformed` for anything that is not a map of fields. */
export const decodeFields = (format: Format, bytes: Uint8Array): Record<string, unknown> => {
  const value = decode(format, bytes)
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new Malformed({ message: 'the payload must be a map of fields, such as {"reason":"…"}' })
}

const decodeJson = (bytes: Uint8Array): unknown => {
  const json = text.decode(bytes)
  if (!json.includes('"__proto__"')) return JSON.parse(json)
  throw new Malformed({ message: 'the payload has a field called "__proto__", which is refused' })
}
