/** JSON Schemas as AsyncAPI wants them: draft 7, in which a list of schemas is called `items`. */

/** Under these, each key is a name of somebody's, and each value a schema. */
const OF_NAMES = [
  "properties",
  "patternProperties",
  "schemas",
  "messages",
  "channels",
  "operations",
]

/** Under these are values, not schemas. */
const OF_VALUES = ["const", "enum", "examples", "default"]

const copied = (key: string, value: unknown): unknown =>
  OF_VALUES.includes(key) ? value : draft7(value, OF_NAMES.includes(key))

/** A copy in which tuples of draft 2020-12 are those of draft 7. The rest is the same in both. */
export const draft7 = (value: unknown, hasNames = false): unknown => {
  if (Array.isArray(value)) return value.map((each) => draft7(each))
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value)
  if (hasNames) return Object.fromEntries(entries.map(([name, each]) => [name, draft7(each)]))
  const isTuple = "prefixItems" in value
  const nameOf = (key: string) =>
    !isTuple ? key : key === "items" ? "additionalItems" : key === "prefixItems" ? "items" : key
  return Object.fromEntries(entries.map(([key, each]) => [nameOf(key), copied(key, each)]))
}
