/** A query: a question to the read side, with its parameters and its result. */
import { Schema } from "effect"
import { splitName } from "./name.ts"
import { checkFields, checkOptions, checkSchema } from "./definition.ts"
import type { DataOf, Fields } from "./message.ts"
import { type SchemaCodec, schemaCodec } from "./schema/schema-codec.ts"

/** A question to the read side. Made by `Query.define`. */
export interface Query<P extends Fields = Fields, Result = unknown, N extends string = string> {
  /** `<context>.<name>`. */
  readonly name: N
  readonly context: string
  readonly local: string
  /** The names of its parameters. */
  readonly parameters: readonly string[]
  readonly params: SchemaCodec<DataOf<P>>
  readonly result: SchemaCodec<Result>
}

/**
 * The parameters of a query.
 *
 * ```ts
 * const params: ParamsOf<typeof OrdersOfCustomer> = { customer: "ada" }
 * ```
 */
export type ParamsOf<Q> = Q extends Query<infer P, infer _R> ? DataOf<P> : never

/**
 * The result of a query.
 *
 * ```ts
 * const idsOf = (orders: ResultOf<typeof OrdersOfCustomer>) => orders.map(({ id }) => id)
 * ```
 */
export type ResultOf<Q> = Q extends Query<infer _P, infer R> ? R : never

/**
 * Defines a query. Parameters in a URL are read as their schemas say: numbers, booleans, and lists
 * that repeat their name. Throws `TypeError` for a bad name, and for a schema whose values would
 * not come back as they were.
 */
const define = <const N extends string, const P extends Fields, Result>(
  name: N,
  options: { readonly params: P; readonly result: Schema.Codec<Result, unknown> },
): Query<P, Result, N> => {
  const { context, local } = splitName(name, "the query")
  checkOptions(`the query ${name}`, options, ["params", "result"])
  checkFields(`${name}: its params`, options.params)
  checkSchema(`${name}: its result`, options.result)
  return {
    name,
    context,
    local,
    parameters: Object.keys(options.params),
    params: schemaCodec<DataOf<P>>(
      Schema.Struct(options.params) as unknown as Schema.Codec<DataOf<P>, unknown>,
      `a parameter of ${name}`,
      { fromAnybody: true },
    ),
    result: schemaCodec(options.result, `the result of ${name}`),
  }
}

/**
 * Makes queries. `define` throws `TypeError` for a name that cannot be used.
 *
 * ```ts
 * const DoorsOnFloor = Query.define("house.doors-on-floor", {
 *   params: { floor: Schema.FiniteFromString },
 *   result: Schema.Array(Schema.String),
 * })
 * ```
 */
export const Query = { define }
