/** Plain values: what a value is once it was written and read again. */

/** A field with such a value is not written; in a list, null is. */
const isNothing = (value: unknown): boolean =>
  value === undefined || typeof value === "function" || typeof value === "symbol"

const ofList = (list: readonly unknown[]): readonly unknown[] => {
  let made: unknown[] | undefined
  for (let index = 0; index < list.length; index++) {
    const each = list[index]
    const kept = isNothing(each) ? null : plainValue(each)
    if (made) made.push(kept)
    else if (!Object.is(kept, each)) made = [...list.slice(0, index), kept]
  }
  return made ?? list
}

const ofFields = (fields: { readonly [name: string]: unknown }): object => {
  let made: Record<string, unknown> | undefined
  for (const name in fields) {
    const each = fields[name]
    const kept = plainValue(each)
    const isWhole = name.isWellFormed()
    if (Object.is(kept, each) && each !== undefined && isWhole) continue
    made ??= { ...fields }
    if (isNothing(kept) || !isWhole) delete made[name]
    if (!isNothing(kept)) made[name.toWellFormed()] = kept
  }
  return made ?? fields
}

/** An object of a class becomes what `JSON.stringify` would write. */
const ofInstance = (value: object): unknown => {
  if (value instanceof Map) return plainValue(Object.fromEntries(value))
  if (value instanceof Set) return plainValue([...value])
  if (value instanceof Uint8Array) return value.slice()
  if ("toJSON" in value && typeof value.toJSON === "function") return plainValue(value.toJSON())
  return plainValue({ ...value })
}

const ofObject = (value: object): unknown => {
  if (Array.isArray(value)) return ofList(value)
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
    ? ofFields(value as { readonly [name: string]: unknown })
    : ofInstance(value)
}

/**
 * A plain value as it is once it was written and read again: `-0` is 0, half of a surrogate pair is
 * U+FFFD, and a field that is undefined is absent. The same value if nothing in it changes.
 */
export const plainValue = (value: unknown): unknown => {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? value : value.toWellFormed()
    case "number":
      return value === 0 ? 0 : Number.isFinite(value) ? value : null
    case "object":
      return value === null ? null : ofObject(value)
    case "bigint":
      return String(value)
    default:
      return value
  }
}
