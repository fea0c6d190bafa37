/** A raw projection: an author's own SQL over batches of events, for what is no fold per row. */
import type { AnyContract, EventOf } from "../contracts/internal.ts"
import type { EventMeta, RecordedEvent } from "../wire/internal.ts"
import { shortHash } from "./hash.ts"
import { checkVersion, splitProjection } from "./projection-checks.ts"
import type { ProjectionBase } from "./projection-base.ts"

/** An event as a batch has it. */
export interface RawEvent<K> {
  readonly event: EventOf<K>
  readonly meta: EventMeta
}

/** What a batch writes with. */
export interface RawTools<T extends string = string> {
  /**
   * A template of SQL, in the transaction that moves the checkpoint; when awaited, its rows. Every
   * value in it becomes a parameter, and pieces of SQL may nest.
   */
  readonly sql: <Row extends object = object>(
    template: TemplateStringsArray,
    ...values: readonly unknown[]
  ) => PromiseLike<readonly Row[]>
  /** The table as it is called in the generation that is written, for use in a template. */
  readonly table: (name: T) => unknown
}

/** What `Projection.raw` takes. */
export interface RawOptions<K extends AnyContract, T extends string> {
  /** The contracts whose events it reads, all of them. */
  readonly from: readonly K[]
  /** The names of its tables. */
  readonly tables: readonly [T, ...T[]]
  /** The SQL that makes the tables, and nothing else, under the names that `table` gives. */
  readonly make: (table: (name: T) => string) => string
  /**
   * Writes what some events change, in the order of the log. How these are cut into batches is
   * not said, and differs from one run to the next. What it throws is taken back, and holds the
   * projection up until it does not throw any more.
   */
  readonly onBatch: (
    events: readonly RawEvent<K>[],
    tools: RawTools<T>,
  ) => PromiseLike<unknown>
  /**
   * To be counted up, from 1, when `onBatch` would now write something else for the same events:
   * the tables are then built anew. A change of `tables` or `make` is noticed without it.
   */
  readonly version?: number
}

/** A raw projection, with tables of these names. Made by `Projection.raw`. */
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

/** No two underscores in a row: these are what parts the names of tables. */
const TABLE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

const checkTables = (name: string, tables: readonly string[]): void => {
  if (tables.length === 0) throw new TypeError(`${name}: it has no table`)
  for (const [index, table] of tables.entries()) {
    if (tables.indexOf(table) !== index) {
      throw new TypeError(`${name}: it has two tables "${table}"`)
    }
    if (TABLE.test(table)) continue
    throw new TypeError(`${name}: a table is called like_this, not "${table}"`)
  }
}

/**
 * Defines a raw projection. Throws `TypeError` for a bad name of it or of a table, for a version
 * that cannot be, and when `make` names a table that is not among its tables.
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
export const raw = <K extends AnyContract, const T extends string>(
  name: string,
  { from, tables, make, onBatch, version = 1 }: RawOptions<K, T>,
): RawProjection<T> => {
  const { context, local } = splitProjection(name)
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
    // Only one order of the whole log can be kept for what is not parted by keys.
    lanes: 1,
    columns: [],
    keyColumn: "",
    indexes: [],
    make: checked,
    onBatch: onBatch as unknown as RawProjection<T>["onBatch"],
  }
}
