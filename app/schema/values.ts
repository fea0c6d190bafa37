/** Values of a schema: generated, moved to its boundaries, and made smaller. */
import { Arbitrary, Effect, Result, Schema } from "effect"
import { enable } from "effect/schema/SchemaJITCompiler"
import { type SchemaCodec, schemaCodec } from "../../contracts/internal.ts"
import { SCHEMA } from "../limits.ts"
import { type Hints, placesOf, replaced, replacements, valueAt } from "./mutations.ts"
import type { AnySchema, Json } from "./persisted.ts"
import { oneOf, randomOf } from "./random.ts"

/** The plain values of a schema, as its own codec reads and writes them. */
export interface Values {
  /** Whether a plain value is one of this schema. */
  readonly accepts: (plain: Json) => boolean
  /** Plain values: some generated, the others moved towards boundaries. All are accepted. */
  readonly plain: readonly Json[]
}

/** How many values are made, and from which seed and hints. */
export interface ValuesOptions {
  readonly count: number
  readonly seed: number
  readonly hints: Hints
  /** Plain values to begin with. */
  readonly golden?: readonly Json[]
}

/** The most fields of any struct in a schema. */
const widest = (schema: AnySchema): number => {
  let most = 0
  const seen = new Set<object>()
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.add(value)
    const { propertySignatures } = value as { readonly propertySignatures?: unknown }
    if (Array.isArray(propertySignatures)) most = Math.max(most, propertySignatures.length)
    for (const each of Object.values(value)) walk(each)
  }
  walk(schema.ast)
  return most
}

/**
 * Values as handlers see them. Throws for a schema that no values can be generated for. `size` is
 * for a schema with few fields: optional fields of a struct with more fields would be left out.
 */
export const generated = (
  schema: AnySchema,
  count: number,
  seed: number,
  size: number,
): readonly object[] =>
  Effect.runSync(
    Arbitrary.sampleEffect(Arbitrary.schema(schema), { count, size: size + widest(schema), seed }),
  )

/** Whether a plain value is one of this schema, without saying what is wrong with another one. */
const accepting = (schema: AnySchema): (plain: Json) => boolean => {
  const plain = Schema.toCodecJson(schema)
  enable(plain.ast)
  const parse = Schema.decodeUnknownResult(plain)
  return (value) => {
    try {
      return Result.isSuccess(parse(value))
    } catch {
      // Such as a text that is no number: this schema throws instead of refusing it.
      return false
    }
  }
}

const encoded = ({ encode }: SchemaCodec<object>, values: readonly object[]): Json[] =>
  values.flatMap((value) => {
    try {
      return [encode(value) as Json]
    } catch {
      return []
    }
  })

/** Keeps each value once. */
class Distinct {
  readonly #texts = new Set<string>()
  readonly values: Json[] = []

  /** Whether the value is a new one. */
  add(value: Json): boolean {
    const text = JSON.stringify(value)
    if (this.#texts.has(text)) return false
    this.#texts.add(text)
    this.values.push(value)
    return true
  }
}

/** The first values, and those of the others that have the most places. */
const richest = (values: readonly Json[]): readonly Json[] => {
  const count = SCHEMA.basesAtBounds
  const others = values.slice(count).map((value) => ({ value, places: placesOf(value).length }))
    .filter(({ places }) => places < SCHEMA.places / 4)
  const rich = others.toSorted((one, other) => other.places - one.places).slice(0, count)
  return [...rich.map(({ value }) => value), ...values.slice(0, count)]
}

/** Each place of a few values, with each replacement. */
function* boundaries(values: readonly Json[], hints: Hints): Generator<Json> {
  for (const value of values) {
    for (const path of placesOf(value)) {
      for (const by of replacements(valueAt(value, path) ?? null, hints)) {
        yield replaced(value, path, by)
      }
    }
  }
}

/** Values in which one place, or several, hold something else. Without end. */
function* mixtures(values: readonly Json[], hints: Hints, random: () => number): Generator<Json> {
  for (;;) {
    let value = oneOf(random, values)
    const other = oneOf(random, values)
    for (let change = 0; change < 1 + random() * 3; change++) {
      const path = oneOf(random, placesOf(value))
      const from = valueAt(other, path)
      const here = valueAt(value, path) ?? null
      const by = random() < 0.5 && from !== undefined
        ? from
        : oneOf(random, [here, ...replacements(here, hints)])
      value = replaced(value, path, by)
    }
    yield value
  }
}

/** The values of a schema. The same seed gives the same values. */
export const valuesOf = (
  schema: AnySchema,
  { count, seed, hints, golden = [] }: ValuesOptions,
): Values => {
  const codec = schemaCodec<object>(schema, "the value")
  const accepts = accepting(schema)
  const distinct = new Distinct()
  golden.filter(accepts).forEach((value) => distinct.add(value))
  const small = Math.min(Math.ceil(count / 4), SCHEMA.generated)
  for (const value of encoded(codec, generated(schema, small, seed, SCHEMA.smallSize))) {
    distinct.add(value)
  }
  const large = Math.ceil(small / 4)
  for (const value of encoded(codec, generated(schema, large, seed + 1, SCHEMA.largeSize))) {
    distinct.add(value)
  }
  const base = [...distinct.values]
  const take = (source: Iterable<Json>, most: number): void => {
    let stale = 0
    for (const value of source) {
      if (distinct.values.length >= most || stale > SCHEMA.stale) return
      stale = accepts(value) && distinct.add(value) ? 0 : stale + 1
    }
  }
  // The boundaries leave a third to mixtures.
  take(boundaries(richest(base), hints), Math.ceil((base.length + 2 * count) / 3))
  if (base.length > 0) take(mixtures(base, hints, randomOf(seed)), count)
  return { accepts, plain: distinct.values.slice(0, count) }
}

const sizeOf = (value: Json): number => JSON.stringify(value).length

const smaller = (value: Json): readonly Json[] => {
  if (typeof value === "number") return [0, 1, -1, Math.trunc(value / 2), Math.trunc(value)]
  if (typeof value === "string") return ["", "a", value.slice(0, value.length / 2), value.slice(1)]
  if (Array.isArray(value)) {
    const half = value.slice(0, value.length / 2)
    return [[], half, ...value.slice(0, 8).map((_, gone) => value.toSpliced(gone, 1))] as Json[]
  }
  return replacements(value, { numbers: [], texts: [] })
}

/** The smallest value found for which a claim still holds: one change after another. */
export const smallest = (value: Json, holds: (value: Json) => boolean): Json => {
  let best = value
  let tries = SCHEMA.shrinks
  for (let again = true; again && tries > 0;) {
    again = false
    search: for (const path of placesOf(best)) {
      const here = valueAt(best, path)
      if (here === undefined) continue
      for (const by of smaller(here)) {
        const candidate = replaced(best, path, by)
        if (sizeOf(candidate) >= sizeOf(best) || tries-- <= 0 || !holds(candidate)) continue
        best = candidate
        again = true
        break search
      }
    }
  }
  return best
}
