/**
 * A raw projection: the author's own SQL over batches of events, where folding single rows does not
 * do.
 */
import { type AnyContract, type EventOf, explained, frozenLightly } from "../contracts/internal.ts"
import type { EventMeta, RecordedEvent } from "../wire/internal.ts"
import { shortHash } from "./hash.ts"
import { checkRaw, checkVersion, splitProjection } from "./projection-checks.ts"
import type { ProjectionBase } from "./projection-base.ts"

/**
 * An event in a batch.
 *
 * ```ts
 * const amountOf = ({ event: { data } }: RawEvent<typeof Counter>): number => data.by
 * ```
 */
export interface RawEvent<K> {
  readonly event: EventOf<K>
  readonly meta: EventMeta
}

/**
 * The tools that a batch writes with.
 *
 * ```ts
 * const add = (day: Date, by: number, { sql, table }: RawTools<"total">) =>
 *   sql`insert into ${table("total")} values (${day}, ${by})`
 * ```
 */
export interface RawTools<T extends string = string> {
  /**
   * A template of SQL in the transaction that moves the checkpoint; awaiting it gives its rows.
   * Every value in it becomes a parameter, and pieces of SQL can nest.
   */
  readonly sql: <Row extends object = object>(
    template: TemplateStringsArray,
    ...values: readonly unknown[]
  ) => PromiseLike<readonly Row[]>
  /** The name of a table in the generation that is written, for use in a template. */
  readonly table: (name: T) => unknown
}

/** What `Projection.raw` takes. */
export interface RawOptions<K extends AnyContract, T extends string> {
  /** The contracts whose events it reads; it gets all their events. */
  readonly from: readonly K[]
  /** The names of its tables. */
  readonly tables: readonly [T, ...T[]]
  /**
   * Returns the SQL that makes the tables and their indexes, under the names that `table` gives.
   */
  readonly make: (table: (name: T) => string) => string
  /**
   * Writes what these events change; they come in the order of the log. How the log is cut into
   * batches differs from run to run. If it throws, the batch is rolled back, and the projection
   * waits until it no longer throws.
   */
  readonly onBatch: (
    events: readonly RawEvent<K>[],
    tools: RawTools<T>,
  ) => PromiseLike<unknown>
  /**
   * Counts up from 1. Raise it when `onBatch` writes something else for the same events: the tables
   * are then rebuilt. A change of `tables` or `make` is noticed without it.
   */
  readonly version?: number
}

/** A raw projection with these tables. Made by `Projection.raw`. */
export interface RawProjection<T extends string = string> extends ProjectionBase {
  readonly tables: readonly T[]
  readonly make: (table: (name: T) => string) => string
  readonly onBatch: (
    events: readonly RecordedEvent[],
    tools: RawTools<T>,
  ) => PromiseLike<unknown>
}

/** Whether a projection is raw. */
export const isRaw = (projection: ProjectionBase): projection is RawProjection =>
  "onBatch" in projection

/** No two underscores in a row: they separate the parts of a stored table's name. */
const TABLE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

const checkTables = (name: string, tables: readonly string[]): void => {
  if (tables.length === 0) throw new TypeError(`${name}: it has no table`)
  for (const [index, table] of tables.entries()) {
    if (tables.indexOf(table) !== index) {
      throw new TypeError(`${name}: it has two tables "${table}"`)
    }
    if (TABLE.test(table)) continue
    throw new TypeError(`${name}: name a table like_this, not "${table}"`)
  }
}

const OPTIONS: { readonly [Name in keyof RawOptions<AnyContract, string>]-?: true } = {
  from: true,
  tables: true,
  make: true,
  onBatch: true,
  version: true,
}

/**
 * Defines a raw projection. Throws `TypeError` for an illegal name, table or version, and when
 * `make` names a table that is not in `tables`.
 *
 * ```ts
 * const Takings = Projection.raw("demo.takings", {
 *   from: [Counter],
 *   tables: ["total"],
 *   make: (table) => `create table ${table("total")} (day date primary key, sum bigint not null)`,
 *   onBatch: async (events, { sql, table }) => {
 *     for (const { event: { data: { by } }, meta: { time } } of events) {
 *       await sql`
 *         insert into ${table("total")} as total values (${time}, ${by})
 *         on conflict (day) do update set sum = total.sum + excluded.sum`
 *     }
 *   },
 * })
 * ```
 */
export const raw = <const N extends string, K extends AnyContract, const T extends string>(
  name: N,
  options: RawOptions<K, T>,
): RawProjection<T> & { readonly name: N } => {
  const { context, local } = splitProjection(name)
  checkRaw(name, OPTIONS, options)
  const { from, tables, make, onBatch, version = 1 } = options
  checkTables(name, tables)
  checkVersion(name, version)
  const checked = (table: (name: T) => string): string =>
    make((asked) => {
      if (tables.includes(asked)) return table(asked)
      throw new TypeError(`${name}: "${asked}" is not among its tables`)
    })
  return {
    name,
    context,
    local,
    from,
    tables,
    version: shortHash(JSON.stringify(["raw", version, tables, checked((table) => table)])),
    // One lane, because without keys only the order of the whole log can be kept.
    lanes: 1,
    columns: [],
    keyColumn: "",
    indexes: [],
    make: checked,
    onBatch: async (events, tools) => {
      for (const { event } of events) frozenLightly(event)
      try {
        return await (onBatch as unknown as RawProjection<T>["onBatch"])(events, tools)
      } catch (error) {
        throw explained(error, `${name} onBatch`)
      }
    },
  }
}
