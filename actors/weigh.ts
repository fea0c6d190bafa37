/** Estimates what a value takes in memory, at a bounded cost. */

const MOST_PARTS = 1_000
const MOST_OF_ONE = 100
const BYTES_PER_OBJECT = 32
const BYTES_PER_PART = 16

const sizeOf = (value: object): number =>
  value instanceof Map || value instanceof Set
    ? value.size
    : Array.isArray(value)
    ? value.length
    : 0

function* partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) {
    for (const [key, part] of value) yield* [key, part]
  } else if (value instanceof Set || Array.isArray(value)) yield* value
  else yield* Object.values(value)
}

/** The bytes that a value takes, roughly: of a large collection it looks at the first parts only. */
export const weigh = (value: unknown): number => {
  const open: { part: unknown; times: number }[] = [{ part: value, times: 1 }]
  let bytes = 0
  for (let seen = 0; open.length > 0 && seen < MOST_PARTS; seen++) {
    const { part, times } = open.pop()!
    if (typeof part === "string") bytes += times * (part.length + BYTES_PER_PART)
    else if (ArrayBuffer.isView(part)) bytes += times * (part.byteLength + BYTES_PER_OBJECT)
    else if (typeof part === "object" && part !== null) {
      bytes += times * BYTES_PER_OBJECT
      const share = Math.max(1, sizeOf(part) / MOST_OF_ONE)
      let taken = 0
      for (const inner of partsOf(part)) {
        if (taken++ === MOST_OF_ONE) break
        open.push({ part: inner, times: times * share })
      }
    } else bytes += times * BYTES_PER_PART
  }
  return Math.round(bytes)
}
