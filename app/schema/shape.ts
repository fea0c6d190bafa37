/** The shape of a message as it is today: its description, its JSON Schema and golden values. */
import { type AnyContract, type MessageKind, schemaCodec } from "../../contracts/internal.ts"
import { SCHEMA } from "../limits.ts"
import { type Shape, shapeOf } from "./lock-file.ts"
import { type AnySchema, type Json, persist, typeSchema } from "./persisted.ts"
import { generated } from "./values.ts"

/** Typed values and their plain form, as the contract writes them. */
interface Written {
  readonly typed: object
  readonly plain: Json
}

/** Values as the contract writes them, each once, the shortest first. */
const written = (
  { codec }: AnyContract,
  kind: MessageKind,
  type: string,
  schema: AnySchema,
  count: number,
): readonly Written[] => {
  const found = new Map<string, Written>()
  const { goldenSeed: seed, goldenSize, golden, largeSize } = SCHEMA
  const small = generated(schema, count, seed, goldenSize)
  const isFew =
    new Set(small.map((value) => JSON.stringify(codec.plain({ kind, type, data: value }))))
      .size < golden
  for (const data of isFew ? [...small, ...generated(schema, count, seed, largeSize)] : small) {
    const plain = codec.plain({ kind, type, data }).data as Json
    // As a log and a file give it back.
    const text = JSON.stringify(plain)
    if (!found.has(text)) found.set(text, { typed: data, plain: JSON.parse(text) as Json })
  }
  return [...found].toSorted(([one], [other]) => one.length - other.length)
    .map(([, value]) => value)
}

/** Golden values: the shortest, and some of the longer ones while they fit. */
const goldenOf = (values: readonly Written[]): Json[] => {
  const count = SCHEMA.golden
  const short = values.slice(0, count)
  const bytes = (golden: readonly Written[]) =>
    JSON.stringify(golden.map(({ plain }) => plain)).length
  let golden = short
  for (
    let at = values.length - 1, into = short.length - 1;
    at >= count && into >= count / 2;
    at--
  ) {
    const with_ = golden.with(into, values[at]!)
    if (bytes(with_) > SCHEMA.goldenBytes) continue
    golden = with_
    into--
  }
  return golden.map(({ plain }) => plain)
}

/** The same value in the form that its type has by itself; undefined if it has none. */
const isOwnForm = (schema: AnySchema, values: readonly Written[]): boolean => {
  const { encode } = schemaCodec<object>(schema, "the value")
  return values.every(({ typed, plain }) => JSON.stringify(encode(typed)) === JSON.stringify(plain))
}

/** The shapes of today that are known, by contract and message: making one takes time. */
const known = new WeakMap<AnyContract, Map<string, Shape>>()

/** The shape of a message of today. Throws for one of which no values can be generated. */
export const shapeToday = (
  contract: AnyContract,
  kind: "event" | "command",
  type: string,
): Shape => {
  const shapes = known.get(contract) ?? new Map<string, Shape>()
  known.set(contract, shapes)
  const shape = shapes.get(`${kind} ${type}`) ?? shapeNow(contract, kind, type)
  shapes.set(`${kind} ${type}`, shape)
  return shape
}

const shapeNow = (contract: AnyContract, kind: "event" | "command", type: string): Shape => {
  const schema = typeSchema(contract.codec.schemas(kind)[type]!)
  const values = written(contract, kind, type, schema, SCHEMA.golden * 6)
  const golden = goldenOf(values)
  const json = contract.codec.jsonSchemas(kind)[type] as Json
  const persisted = persist(schema)
  if ("why" in persisted) return shapeOf({ why: persisted.why, json, golden })
  if (isOwnForm(schema, values)) return shapeOf({ schema: persisted.schema, json, golden })
  const why =
    "it is written in another form than its types have by themselves (such as a date as " +
    "a number), so only its golden values are compared"
  return shapeOf({ why, json, golden })
}

/** Whether two shapes allow the same values. */
export const isSameShape = (one: Shape, other: Shape | undefined): boolean =>
  other !== undefined && one.schema !== undefined && other.schema !== undefined
    ? JSON.stringify(one.schema) === JSON.stringify(other.schema)
    : one.schema === other?.schema && JSON.stringify(one.json) === JSON.stringify(other?.json)
