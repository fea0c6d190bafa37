/** A projection: a pure fold of events into the rows of a view, or a raw projection. */
import { Schema } from "effect"
import {
  type AnyContract,
  checkNow,
  type DataOf,
  type EventOf,
  explained,
  type Fields,
  frozen,
  frozenLightly,
  type KeepLiterals,
  type Message,
  type SchemaCodec,
  schemaCodec,
} from "../contracts/internal.ts"
import type { EventMeta } from "../wire/internal.ts"
import { type Column, columnsOf } from "./column.ts"
import { shortHash } from "./hash.ts"
import { LANES } from "./limits.ts"
import type { ProjectionBase } from "./projection-base.ts"
import { checkFolded, checkVersion, splitProjection } from "./projection-checks.ts"
import { raw, type RawProjection } from "./raw-projection.ts"
import { indexOf, type IndexOption, type ViewIndex } from "./view-index.ts"
import { SLICES } from "../wire/internal.ts"

/** For each event type, the next row; `undefined` deletes the row. Other events change nothing. */
export type ProjectionHandlers<K, Row> = {
  readonly [Type in EventOf<K>["type"]]?: (
    row: Row | undefined,
    event: Extract<EventOf<K>, { type: Type }>["data"],
    meta: EventMeta,
  ) => KeepLiterals<Row> | undefined
}

/** The key of an event's row; `undefined` if the event belongs to no row. */
export type KeyOf<K> = (event: EventOf<K>, meta: EventMeta) => string | undefined

/** What `Projection.define` takes. */
export interface ProjectionOptions<K extends AnyContract, F extends Fields> {
  /** The contracts whose events it folds. */
  readonly from: readonly K[]
  /** The columns of a row. */
  readonly row: F
  /**
   * The column that identifies a row. An event belongs to the row under its actor's id, or under
   * the key that `of` returns, so that events of several actors can meet in one row.
   */
  readonly key: (keyof F & string) | { readonly column: keyof F & string; readonly of: KeyOf<K> }
  /**
   * The columns to search by: one column, several together, or `{ columns, unique: true }`. A row
   * that breaks a unique index is refused.
   */
  readonly indexes?: readonly IndexOption<keyof F & string>[]
  readonly on: ProjectionHandlers<K, DataOf<F>>
  /**
   * Counts up from 1. Raise it when the handlers or the key give other rows for the same events:
   * the view is then rebuilt. A change of columns is noticed without it.
   */
  readonly version?: number
  /**
   * How many lanes fold its rows in parallel. Can be changed at any time. Defaults to 1 with a
   * unique index, because rows of different lanes cannot swap values in one step, and to 4
   * otherwise.
   */
  readonly lanes?: number
}

/** A row in its plain form, as stores keep it. */
export type PlainRow = { readonly [column: string]: unknown }

/** A projection that folds events into rows, whatever the type of its row. */
export interface FoldedProjection extends ProjectionBase {
  readonly codec: SchemaCodec<object>
  /** Whether the key of an event's row is the id of its actor. */
  readonly keyedByActor: boolean
  /** Whether it has a handler for events of this type. */
  readonly handles: (type: string) => boolean
  /** The key of an event's row. */
  readonly keyOf: (event: Message<"event">, meta: EventMeta) => string | undefined
  /** The row after an event. Throws what a handler throws. */
  readonly fold: (
    row: object | undefined,
    event: Message<"event">,
    meta: EventMeta,
  ) => object | undefined
}

/** A folded or a raw projection: what workers and stores take. */
export type AnyProjection = FoldedProjection | RawProjection

/** A projection. Made by `Projection.define`. */
export interface Projection<F extends Fields> extends FoldedProjection {
  readonly row: F
}

/** A projection with its name as a type, for the rule about it. */
export interface NamedProjection<N extends string, F extends Fields> extends Projection<F> {
  readonly name: N
}

/**
 * A row of a projection.
 *
 * ```ts
 * const isOpen = ({ state }: RowOf<typeof OrderList>) => state === "placed"
 * ```
 */
export type RowOf<P> = P extends Projection<infer F> ? DataOf<F> : never

type Handler = (row: object | undefined, data: object, meta: EventMeta) => object | undefined

/** The contexts that a projection reads. */
export const contextsOf = ({ from }: Pick<AnyProjection, "from">): string[] => [
  ...new Set(from.map(({ context }) => context)),
]

const checkColumns = (
  name: string,
  columns: readonly Column[],
  keyColumn: string,
  indexes: readonly ViewIndex[],
): void => {
  const seen = new Set<string>()
  for (const { columns, unique } of indexes) {
    const index = `${unique ? "unique " : ""}by ${columns.join(", ")}`
    if (seen.has(index)) throw new TypeError(`${name}: it has two indexes ${index}`)
    seen.add(index)
  }
  if (indexes.some(({ columns, unique }) => unique && columns.includes(keyColumn))) {
    throw new TypeError(`${name}: an index with the key "${keyColumn}" is always unique: remove it`)
  }
  for (const column of [keyColumn, ...indexes.flatMap((index) => index.columns)]) {
    if (columns.some((each) => each.name === column)) continue
    throw new TypeError(`${name}: there is no column "${column}" in its row`)
  }
  const key = columns.find((each) => each.name === keyColumn)
  if (key?.type === "text" && !key.nullable) return
  throw new TypeError(`${name}: the key "${keyColumn}" must be a text that is never absent or null`)
}

/**
 * A hash of everything that decides the rows, except for the handlers: the author's number stands
 * for these.
 */
const versionOf = (columns: readonly Column[], keyColumn: string, version: number): string =>
  shortHash(JSON.stringify([
    "rows",
    version,
    keyColumn,
    columns.map(({ name, type, nullable, optional }) => [name, type, nullable, optional]),
  ]))

const checkLanes = (name: string, lanes: number): void => {
  if (!Number.isSafeInteger(lanes) || lanes < 1 || lanes > SLICES) {
    throw new TypeError(`${name}: it must have 1 to ${SLICES} lanes`)
  }
}

const OPTIONS: { readonly [Name in keyof ProjectionOptions<AnyContract, Fields>]-?: true } = {
  from: true,
  row: true,
  key: true,
  indexes: true,
  on: true,
  version: true,
  lanes: true,
}

/**
 * Defines a projection. Throws `TypeError` for an illegal name, version or number of lanes, and for
 * a key that is not a text column.
 *
 * ```ts
 * const Totals = Projection.define("demo.totals", {
 *   from: [Counter],
 *   row: { id: Schema.String, total: Schema.Int },
 *   key: "id",
 *   on: { Incremented: (row, { by }, { id }) => ({ id, total: (row?.total ?? 0) + by }) },
 * })
 * ```
 */
const define = <const N extends string, K extends AnyContract, const F extends Fields>(
  name: N,
  options: ProjectionOptions<K, F>,
): NamedProjection<N, F> => {
  const { context, local } = splitProjection(name)
  checkFolded(name, OPTIONS, options)
  const { from, row, key, version = 1 } = options
  const indexes = (options.indexes ?? []).map(indexOf)
  const { lanes = indexes.some(({ unique }) => unique) ? 1 : LANES } = options
  const handlers = options.on as unknown as Record<string, Handler>
  const keyColumn = typeof key === "string" ? key : key.column
  const keyOf = typeof key === "string" ? undefined : key.of as unknown as FoldedProjection["keyOf"]
  const handles = (type: string) => Object.hasOwn(handlers, type)
  const columns = columnsOf(name, row)
  checkColumns(name, columns, keyColumn, indexes)
  checkVersion(name, version)
  checkLanes(name, lanes)
  return {
    name,
    context,
    local,
    from,
    row,
    columns,
    keyColumn,
    indexes,
    codec: schemaCodec<object>(Schema.Struct(row as Fields), `a row of ${name}`),
    version: versionOf(columns, keyColumn, version),
    lanes,
    keyedByActor: keyOf === undefined,
    handles,
    keyOf: (event, meta) => {
      if (!keyOf) return meta.id
      try {
        frozenLightly(event.data)
        return keyOf(event, meta)
      } catch (error) {
        throw explained(error, `the key of ${name} on ${event.type}`)
      }
    },
    fold: (before, { type, data }, meta) => {
      if (!handles(type)) return before
      const handler = `${name} on ${type}`
      try {
        const row = handlers[type]?.(frozen(before), frozenLightly(data), meta)
        if (row !== before) checkNow(row, handler)
        return row
      } catch (error) {
        throw explained(error, handler)
      }
    },
  }
}

/**
 * Makes projections: `define` folds rows, `raw` writes with SQL. Both throw `TypeError` for a name
 * or an option that cannot be used.
 *
 * ```ts
 * const Totals = Projection.define("demo.totals", {
 *   from: [Counter],
 *   row: { id: Schema.String, total: Schema.Int },
 *   key: "id",
 *   on: { Incremented: (row, { by }, { id }) => ({ id, total: (row?.total ?? 0) + by }) },
 * })
 * ```
 */
export const Projection = { define, raw }
