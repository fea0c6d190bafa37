/** The generations of projections in Postgres: made, switched, rolled back and dropped. */
import type { Sql } from "postgres"
import { NotFound, type Positions, Unavailable } from "../../contracts/internal.ts"
import { guarded } from "./connection-postgres.ts"
import {
  droppable,
  type Generation,
  type GenerationState,
  type GenerationStatus,
  isFolded,
  positionsOf,
  resumable,
} from "../store/generation.ts"
import { newLanes, reaches, repartition } from "../store/lane.ts"
import { SWITCH_LOCK_MS } from "../limits.ts"
import { codeOf } from "./outage.ts"
import type { AnyProjection } from "../projection.ts"
import { makeRawTables } from "./raw-postgres.ts"
import { isRaw } from "../raw-projection.ts"
import { readAlive } from "./bookkeeping-postgres.ts"
import { lockProjection, makeSchema } from "./schema-postgres.ts"
import { readStatuses, writeLanes } from "./statuses-postgres.ts"
import { type Generations, NotMade } from "../store/store.ts"
import { makeIndexes, makeTable, nameServing } from "./table-postgres.ts"
import type { Begin, Transaction } from "./transaction-postgres.ts"
import { schemaOf, tableName } from "./view-sql.ts"

const LOCK_NOT_AVAILABLE = "55P03"
/** The table or the column does not exist. */
const UNDEFINED = ["42P01", "42703"]

const setState = (
  transaction: Transaction,
  { projection, number }: Generation,
  state: GenerationState,
) =>
  transaction`
    update leftfold.generation set state = ${state}
    where projection = ${projection} and number = ${number}`

/** Lets one generation serve instead of another, which gets the given state. */
const exchange = async (
  transaction: Transaction,
  now: Generation,
  before: Generation | undefined,
  state: GenerationState,
): Promise<void> => {
  // A long reader of the view is not waited for, because other readers would wait behind us.
  await transaction.unsafe(`set local lock_timeout = ${SWITCH_LOCK_MS}`)
  // In this order, because two of them must never serve.
  if (before) await setState(transaction, before, state)
  await setState(transaction, now, "serving")
  await nameServing(transaction, now, before)
}

const make = async (
  transaction: Transaction,
  projection: AnyProjection,
  count: number,
  state: "building" | "serving",
): Promise<void> => {
  const { name, version, lanes, columns, keyColumn } = projection
  const number = count + 1
  const table = isRaw(projection) ? "" : tableName(projection, number)
  await transaction`
    update leftfold.projection set generations = ${number} where name = ${name}`
  // Without the lock, one of two that make the same schema at once fails.
  await transaction`select pg_advisory_xact_lock(hashtext(${schemaOf(projection)}))`
  await transaction.unsafe(`create schema if not exists ${schemaOf(projection)}`)
  await transaction`
    insert into leftfold.generation
      (projection, number, version, state, table_name, columns, key_column)
    values (${name}, ${number}, ${version}, ${state}, ${table},
      ${JSON.stringify(columns)}::text::jsonb, ${keyColumn})`
  await writeLanes(transaction, name, number, newLanes(lanes))
  const tables = isRaw(projection)
    ? await makeRawTables(transaction, projection, number)
    : await makeTable(transaction, projection, number)
  if (state === "serving") {
    await nameServing(transaction, { projection: name, table, columns, tables })
  }
}

const resume = async (
  transaction: Transaction,
  projection: AnyProjection,
  generation: GenerationStatus,
): Promise<void> => {
  await transaction.unsafe(`set local lock_timeout = ${SWITCH_LOCK_MS}`)
  if (!isFolded(generation)) await setState(transaction, generation, "building")
  const { name, lanes } = projection
  const { number } = generation
  // Locked before they are read, so that nothing is saved in between.
  await transaction`
    select from leftfold.lane where projection = ${name} and generation = ${number} for update`
  const [now] = (await readStatuses(transaction, [name])).filter((each) => each.number === number)
  if (now && now.lanes.length !== lanes) {
    await writeLanes(transaction, name, number, repartition(now.lanes, lanes))
  }
  if (!isRaw(projection)) await makeIndexes(transaction, projection, number)
}

/** Runs while nobody else can change the generations of this projection. */
const locked = <T>(
  begin: Begin,
  name: string,
  work: (transaction: Transaction, all: readonly GenerationStatus[], count: number) => Promise<T>,
): Promise<T> =>
  guarded(() =>
    begin(async (transaction) => {
      const count = await lockProjection(transaction, name)
      return work(transaction, await readStatuses(transaction, [name]), count)
    })
  )

const claim = async (begin: Begin, projection: AnyProjection): Promise<void> => {
  await guarded(() => makeSchema(begin))
  const { name, version } = projection
  try {
    await locked(begin, name, async (transaction, all, count) => {
      const own = resumable(all, version)
      if (own) return resume(transaction, projection, own)
      if (all.some((each) => each.version === version)) return
      const served = all.some(({ state }) => state === "serving")
      await make(transaction, projection, count, served ? "building" : "serving")
    })
  } catch (error) {
    if (codeOf(error) !== LOCK_NOT_AVAILABLE) throw error
    const message = `${name} has a long reader or is held, and cannot get other lanes or ` +
      "indexes until that ends"
    throw new Unavailable({ message, retryAfterMs: 1_000 })
  }
}

const rebuild = async (begin: Begin, projection: AnyProjection): Promise<Generation> => {
  await guarded(() => makeSchema(begin))
  const { name, version } = projection
  return locked(begin, name, async (transaction, all, count): Promise<Generation> => {
    const isOwn = (each: GenerationStatus) => each.version === version && each.state === "building"
    const building = all.findLast(isOwn)
    if (building) return building
    await make(transaction, projection, count, "building")
    return (await readStatuses(transaction, [name])).at(-1)!
  })
}

const serve = async (
  begin: Begin,
  { projection, number }: Generation,
  reached: Positions,
): Promise<boolean> => {
  try {
    return await locked(begin, projection, async (transaction, all) => {
      const now = all.find((each) => each.number === number)
      if (now?.state !== "building" || !reaches(positionsOf(now), reached)) return false
      await exchange(transaction, now, all.find(({ state }) => state === "serving"), "previous")
      return true
    })
  } catch (error) {
    // Somebody reads the view by its name for long. The switch is tried again.
    if (codeOf(error) === LOCK_NOT_AVAILABLE) return false
    throw error
  }
}

const rollback = async (begin: Begin, projection: string): Promise<Generation> => {
  await guarded(() => makeSchema(begin))
  return locked(begin, projection, async (transaction, all) => {
    const previous = all.findLast(({ state }) => state === "previous")
    if (!previous) throw new NotFound({ message: `${projection} has no previous generation` })
    await exchange(transaction, previous, all.find(({ state }) => state === "serving"), "refused")
    return { ...previous, state: "serving" as const }
  })
}

const drop = async (begin: Begin, projection: string): Promise<readonly Generation[]> => {
  await guarded(() => makeSchema(begin))
  return locked(begin, projection, async (transaction, all) => {
    const dropped = droppable(all, await readAlive(transaction))
    for (const { number, table, tables } of dropped) {
      // In one statement, because tables of one author may refer to each other.
      const names = tables.length > 0 ? tables.map((each) => each.table) : [table]
      await transaction.unsafe(`drop table ${names.join(", ")}`)
      await transaction`
        delete from leftfold.generation
        where projection = ${projection} and number = ${number}`
    }
    return dropped
  })
}

/** What `read` gives; undefined if one of the store's own tables does not exist. */
const unlessUndefined = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await read()
  } catch (error) {
    if (UNDEFINED.includes(codeOf(error))) return undefined
    throw error
  }
}

/** What `read` gives; empty if no view was ever made. */
const unlessNone = (
  sql: Sql,
  read: () => Promise<GenerationStatus[]>,
): Promise<GenerationStatus[]> =>
  guarded(async () => {
    const first = await unlessUndefined(read)
    if (first) return first
    const [found] = await sql`select to_regclass('leftfold.generation') is not null as made`
    if (!found!["made"]) return []
    // Once more, because the tables may have been made since.
    const again = await unlessUndefined(read)
    if (again) return again
    const message = "these views were made by an older version of Leftfold: start a process " +
      "with the role projections of this one"
    throw new Unavailable({ message, retryAfterMs: 1_000 })
  })

/** Keeps the generations of projections over these connections. */
export const postgresGenerations = (sql: Sql, begin: Begin): Generations => ({
  statuses: (projections) => unlessNone(sql, () => readStatuses(sql, projections)),
  serving: async (projection) => {
    const [found] = await unlessNone(sql, () => readStatuses(sql, [projection], "serving"))
    if (found) return found
    throw new NotMade(projection)
  },
  claim: (projection) => claim(begin, projection),
  rebuild: (projection) => rebuild(begin, projection),
  serve: (generation, reached) => serve(begin, generation, reached),
  rollback: (projection) => rollback(begin, projection),
  drop: (projection) => drop(begin, projection),
})
