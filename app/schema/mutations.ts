/** Mutations: a plain value changed in one place, towards the boundaries that schemas name. */
import { isMap } from "../../wire/internal.ts"
import { SCHEMA } from "../limits.ts"
import type { Json } from "./persisted.ts"

/** Numbers and texts that schemas name: bounds, lengths and literals. */
export interface Hints {
  readonly numbers: readonly number[]
  readonly texts: readonly string[]
}

const isNamed = (key: string): boolean => key === "payload" || key === "literal"

/** The hints of descriptions, each once. */
export const hintsOf = (descriptions: readonly Json[]): Hints => {
  const numbers = new Set<number>()
  const texts = new Set<string>()
  const walk = (value: Json, named: boolean): void => {
    if (named && typeof value === "number") numbers.add(value)
    if (named && typeof value === "string") texts.add(value)
    if (Array.isArray(value)) value.forEach((each: Json) => walk(each, named))
    else if (isMap(value)) {
      for (const [key, each] of Object.entries(value)) walk(each as Json, named || isNamed(key))
    }
  }
  descriptions.forEach((description) => walk(description, false))
  return { numbers: [...numbers].slice(0, SCHEMA.hints), texts: [...texts].slice(0, SCHEMA.hints) }
}

const NUMBERS = [0, 1, -1, 0.5, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53 - 1), 1e308, -1e308]

const TEXTS = [
  ...["", " ", "a", "A", "é", "😀", "\u0000", "0", "-1", "1.5", "9007199254740993"],
  ...["1970-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"],
]

const around = (numbers: readonly number[]): number[] =>
  numbers.flatMap((number) => [number, number - 1, number + 1, number + 0.5])

const lengthsOf = ({ numbers }: Hints): number[] =>
  around(numbers).filter((length) =>
    Number.isInteger(length) && length >= 0 && length <= SCHEMA.longest
  )

const stretched = (text: string, length: number): string => {
  const filling = text === "" ? "a" : text
  return filling.repeat(Math.ceil(length / filling.length)).slice(0, length)
}

const arraysOf = (value: readonly Json[], hints: Hints): Json[] => {
  const lengths = [0, 1, 2, ...lengthsOf(hints)].filter((length) => length <= SCHEMA.items)
  if (value.length === 0) return []
  return lengths.map((length) => Array.from({ length }, (_, index) => value[index % value.length]!))
}

const withoutKeys = (value: { readonly [key: string]: Json }): Json[] =>
  Object.keys(value).map((gone) =>
    Object.fromEntries(Object.entries(value).filter(([key]) => key !== gone))
  )

/** Other values for this place: the boundaries that schemas name, and then what is often one. */
export const replacements = (value: Json, hints: Hints): readonly Json[] => {
  if (typeof value === "number") return [...around(hints.numbers), ...NUMBERS]
  if (typeof value === "boolean") return [!value]
  if (Array.isArray(value)) return arraysOf(value as readonly Json[], hints)
  if (isMap(value)) return withoutKeys(value as { readonly [key: string]: Json })
  if (typeof value !== "string") return []
  const stretches = lengthsOf(hints).map((length) => stretched(value, length))
  return [...hints.texts, ...stretches, ...TEXTS, null]
}

/** A place in a plain value: the keys that lead to it. */
export type Path = readonly (string | number)[]

/** All places of a value, the whole value first; at most so many. */
export const placesOf = (value: Json, most: number = SCHEMA.places): Path[] => {
  const places: Path[] = [[]]
  for (let at = 0; at < places.length && places.length < most; at++) {
    const path = places[at]!
    const here = valueAt(value, path)
    if (Array.isArray(here)) {
      for (let index = 0; index < here.length; index++) places.push([...path, index])
    } else if (isMap(here)) {
      for (const key of Object.keys(here)) places.push([...path, key])
    }
  }
  return places.slice(0, most)
}

/** The value at a place; undefined if there is no such place. */
export const valueAt = (value: Json, path: Path): Json | undefined => {
  let here: unknown = value
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Record<string | number, unknown>)[key]
  }
  return here as Json
}

/** The value with another one at a place. */
export const replaced = (value: Json, path: Path, by: Json): Json => {
  const [key, ...rest] = path
  if (key === undefined) return by
  if (Array.isArray(value)) {
    return value.map((each: Json, index) => index === key ? replaced(each, rest, by) : each)
  }
  const map = value as { readonly [key: string]: Json }
  return { ...map, [key]: replaced(map[key] ?? null, rest, by) }
}
