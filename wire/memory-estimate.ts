/** Estimates the memory that a value takes, at a bounded cost. */

const MOST_PARTS = 1_000
const MOST_OF_ONE = 32
const BYTES_PER_OBJECT = 32
const BYTES_PER_PART = 16

/** The parts of a value, and how many there are. */
const partsOf = (value: object): [number, Iterable<unknown>] => {
  if (value instanceof Map) return [value.size * 2, alternating(value)]
  if (value instanceof Set) return [value.size, value]
  const parts = Array.isArray(value) ? value : Object.values(value)
  return [parts.length, parts]
}

function* alternating(map: Map<unknown, unknown>): Iterable<unknown> {
  for (const entry of map) yield* entry
}

/** Parts share the budget of their collection. Without budget, they count as small values. */
const estimate = (value: unknown, budget: number): number => {
  if (typeof value === "string") return value.length + BYTES_PER_PART
  if (typeof value !== "object" || value === null) return BYTES_PER_PART
  if (ArrayBuffer.isView(value)) return value.byteLength + BYTES_PER_OBJECT
  const [size, parts] = partsOf(value)
  const most = Math.min(size, MOST_OF_ONE, Math.floor(budget))
  if (most < 1) return BYTES_PER_OBJECT + size * BYTES_PER_PART
  let [bytes, taken] = [0, 0]
  for (const part of parts) {
    bytes += estimate(part, (budget - most) / most)
    if (++taken === most) break
  }
  return BYTES_PER_OBJECT + bytes * (size / most)
}

/** The bytes that a value takes, roughly: of a large collection it visits only the first parts. */
export const weigh = (value: unknown): number => Math.round(estimate(value, MOST_PARTS))
