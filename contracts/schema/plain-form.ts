/** The plain form of a value that has no schema: the form that schemas of its own types give. */
import { Buffer } from "node:buffer"
import {
  BigDecimal,
  Chunk,
  DateTime,
  Duration,
  HashMap,
  HashSet,
  Option,
  Result,
  Schema,
} from "effect"
import { isThere } from "./is-there.ts"

const durationOf = Schema.encodeSync(Schema.toCodecJson(Schema.Duration))
const zoneOf = Schema.encodeSync(Schema.toCodecJson(Schema.TimeZone))

/** The plain form of what Effect has in addition to JavaScript; undefined for anything else. */
const ofEffect = (value: object): unknown => {
  if (BigDecimal.isBigDecimal(value)) return BigDecimal.format(value)
  if (Duration.isDuration(value)) return durationOf(value)
  if (DateTime.isTimeZone(value)) return zoneOf(value)
  if (DateTime.isDateTime(value)) {
    return DateTime.isZoned(value) ? DateTime.formatIsoZoned(value) : DateTime.formatIso(value)
  }
  if (Option.isOption(value)) {
    const { _tag } = value
    return Option.isSome(value) ? { _tag, value: plainForm(value.value) } : { _tag }
  }
  if (Result.isResult(value)) {
    return Result.isSuccess(value)
      ? { _tag: "Success", success: plainForm(value.success) }
      : { _tag: "Failure", failure: plainForm(value.failure) }
  }
  if (HashMap.isHashMap(value)) return [...value].map((entry) => entry.map(plainForm))
  if (HashSet.isHashSet(value) || Chunk.isChunk(value)) return [...value].map(plainForm)
  return undefined
}

const partsOf = (value: object): unknown => {
  if (Array.isArray(value)) return value.map(plainForm)
  if (value instanceof Date) return value.toJSON()
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  if (value instanceof Map) return [...value].map((entry) => entry.map(plainForm))
  if (value instanceof Set) return [...value].map(plainForm)
  if (value instanceof RegExp) return { source: value.source, flags: value.flags }
  if (value instanceof URLSearchParams) return String(value)
  const known = ofEffect(value)
  if (known !== undefined) return known
  if ("toJSON" in value && typeof value.toJSON === "function") return plainForm(value.toJSON())
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => isThere(each))
      .map(([name, each]) => [name, plainForm(each)]),
  )
}

/**
 * The plain form of a value: all digits of a `bigint` or a `BigDecimal` as text, a time in ISO
 * 8601, bytes in base64, a `Set` as a list, a `Map` as a list of its entries.
 */
export const plainForm = (value: unknown): unknown => {
  if (typeof value === "bigint") return String(value)
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "object" && value !== null) return partsOf(value)
  return isThere(value) ? value : null
}
