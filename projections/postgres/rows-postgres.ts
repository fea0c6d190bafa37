/**
 * The rows of generations in Postgres. A save is one statement: the checkpoint's compare-and-set,
 * and the rows only where that succeeded, so it costs one round trip and is atomic by nature.
 */
import type { Sql } from "postgres"
import { Unavailable } from "../../contracts/internal.ts"
import { rowFromPostgres, rowsToPostgres } from "./column-value.ts"
import { guarded } from "./connection-postgres.ts"
import type { Changes } from "../store/changes.ts"
import { type Generation, nameOf } from "../store/generation.ts"
import type { Lane, Reached } from "../store/lane.ts"
import { HOLD_MS } from "../limits.ts"
import type { Place } from "../store/parked.ts"
import { bookedEvent, unpark } from "./unparked-postgres.ts"
import type { PlainRow } from "../projection.ts"
import { leastRefused, RefusedRow } from "../store/refused-row.ts"
import { isRefusal } from "./outage.ts"
import { readParked, writeDiscarded } from "./registers-postgres.ts"
import { NEXT_REVISION } from "./revision-sql.ts"
import { laneOf, type LaneRow } from "./standings-postgres.ts"
import { storableJson } from "../store/storable-text.ts"
import type { Held, Loaded, Rows, Settlement } from "../store/store.ts"
import { type Begin, nested, type Transaction } from "./transaction-postgres.ts"
import { loadStatement, rowsStatement, saveStatement, writeStatement } from "./view-sql.ts"

type LoadedRow =
  | { readonly parked: false; readonly row: Record<string, unknown> }
  | { readonly parked: true; readonly row: Place & { readonly key: string } }

type Runner = Pick<Sql, "unsafe">

const prepared = { prepare: true }

const makeStatements = (generation: Generation) => ({
  rows: rowsStatement(generation),
  load: loadStatement(generation),
  save: saveStatement(generation),
  write: writeStatement(generation),
})

const known = new WeakMap<Generation, ReturnType<typeof makeStatements>>()

const statementsOf = (generation: Generation) => {
  const found = known.get(generation) ?? makeStatements(generation)
  known.set(generation, found)
  return found
}

const load = async (
  sql: Runner,
  generation: Generation,
  keys: readonly string[],
): Promise<Loaded> => {
  const { projection, number, columns, keyColumn } = generation
  const found = await sql.unsafe<LoadedRow[]>(
    statementsOf(generation).load,
    [storableJson(keys), projection, number],
    prepared,
  )
  const rows = new Map<string, PlainRow>()
  const parked = new Map<string, Place>()
  for (const each of found) {
    if (each.parked) parked.set(each.row.key, each.row)
    else rows.set(String(each.row[keyColumn]), rowFromPostgres(columns, each.row))
  }
  return { rows, parked }
}

/** The parameters of a write, but for those that are the lane's. */
const changesOf = (
  { projection, number, columns }: Generation,
  { upserts, deletes, parked }: Changes,
) => {
  const events = parked.map((event, place) => ({ ...bookedEvent(event), place }))
  return [
    storableJson(rowsToPostgres(columns, upserts)),
    storableJson(deletes),
    projection,
    number,
    storableJson(events),
  ]
}

/** Which of the rows is refused, found by saving some of them and taking it back. */
const refusedOf = async (
  begin: Begin,
  { keyColumn }: Generation,
  changes: Changes,
  run: (sql: Runner, changes: Changes) => PromiseLike<unknown>,
): Promise<RefusedRow | undefined> => {
  const { upserts } = changes
  const takenBack = new Error("taken back")
  const attempt = async (count: number) => {
    try {
      await begin(async (transaction) => {
        await run(transaction, { ...changes, upserts: upserts.slice(0, count) })
        await transaction`set constraints all immediate`
        throw takenBack
      })
    } catch (error) {
      if (error === takenBack) return undefined
      if (isRefusal(error)) return error
      throw error
    }
  }
  const refusal = await leastRefused(upserts.length, attempt)
  return refusal && new RefusedRow(String(upserts[refusal.count - 1]?.[keyColumn]), refusal.error)
}

const save = async (
  sql: Sql,
  begin: Begin,
  generation: Generation,
  changes: Changes,
  before: Lane,
  after: Reached,
): Promise<number | undefined> => {
  const run = (sql: Runner, changes: Changes) =>
    sql.unsafe<{ revision: number }[]>(
      statementsOf(generation).save,
      [
        ...changesOf(generation, changes),
        before.lane,
        String(before.revision),
        JSON.stringify(after.positions),
        JSON.stringify(after.created),
        JSON.stringify(after.ahead),
      ],
      prepared,
    )
  try {
    const [result] = await run(sql, changes)
    return result?.revision
  } catch (error) {
    if (isRefusal(error)) throw await refusedOf(begin, generation, changes, run) ?? error
    throw error
  }
}

const settle = async (
  transaction: Transaction,
  generation: Generation,
  { unparked, discarded, ...changes }: Settlement,
): Promise<void> => {
  const parked = await unpark(transaction, generation, unparked, changes.parked)
  await writeDiscarded(transaction, generation, discarded)
  const rest = changesOf(generation, { ...changes, parked })
  await transaction.unsafe(statementsOf(generation).write, rest, prepared)
  await transaction`set constraints all immediate`
}

/** Runs what is done while lanes are held, which nobody else can write meanwhile. */
const inTime = async <T>(generation: Generation, work: () => Promise<T>): Promise<T> => {
  const begun = performance.now()
  const result = await work()
  if (performance.now() - begun < HOLD_MS) return result
  const message = `lanes of ${nameOf(generation)} were held for longer than ${HOLD_MS} ms ` +
    "and others wait for them: nothing of it was written, so run it again"
  throw new Unavailable({ message })
}

const hold = async (
  begin: Begin,
  generation: Generation,
  lanes: readonly number[] | undefined,
  work: (held: Held) => Promise<Settlement>,
): Promise<readonly Lane[]> => {
  const { projection, number } = generation
  return await begin(async (transaction) => {
    // Somewhat later than `inTime` would notice it, so that who was suspended is told why.
    await transaction.unsafe(`set local idle_in_transaction_session_timeout = ${HOLD_MS * 1.1}`)
    const found = await transaction<LaneRow[]>`
      select * from leftfold.lane
      where projection = ${projection} and generation = ${number}
        and (${lanes === undefined} or lane in (
          select json_array_elements_text(${JSON.stringify(lanes ?? [])}::text::json)::integer
        ))
      order by lane for update`
    const settlement = await inTime(generation, () =>
      work({
        lanes: found.map(laneOf),
        load: (keys) => load(transaction, generation, keys),
        parked: (key, most) => readParked(transaction, generation, key, most),
      }))
    try {
      await nested(transaction, () => settle(transaction, generation, settlement))
    } catch (error) {
      if (!isRefusal(error)) throw error
      const run = (sql: Runner, changes: Changes) =>
        sql.unsafe(statementsOf(generation).write, changesOf(generation, changes))
      throw await refusedOf(begin, generation, settlement, run) ?? error
    }
    const raised = await transaction<LaneRow[]>`
      update leftfold.lane set revision = ${transaction.unsafe(NEXT_REVISION)}
      where projection = ${projection} and generation = ${number}
        and lane in (
          select json_array_elements_text(
            ${JSON.stringify(found.map(({ lane }) => lane))}::text::json
          )::integer
        )
      returning *`
    return raised.map(laneOf).sort((one, other) => one.lane - other.lane)
  })
}

/** Keeps rows over connections for those who write, and others for queries. */
export const postgresRows = (
  writer: Sql,
  reader: Sql,
  begin: Begin,
): Omit<Rows, "answer" | "saveRaw"> => ({
  load: (generation, keys) => guarded(() => load(writer, generation, keys)),
  save: (...given) => guarded(() => save(writer, begin, ...given)),
  hold: (...given) => guarded(() => hold(begin, ...given)),
  count: ({ table, tables }) =>
    guarded(async () => {
      const counts = (tables.length > 0 ? tables : [{ table }])
        .map(({ table }) => `(select count(*) from ${table})`)
      const [found] = await reader.unsafe<{ count: number }[]>(
        `select ${counts.join(" + ")} as count`,
      )
      return found?.count ?? 0
    }),
  row: (generation, key) =>
    guarded(async () => {
      const [found] = await reader.unsafe<{ row: Record<string, unknown> }[]>(
        statementsOf(generation).rows,
        [storableJson([key])],
        prepared,
      )
      return found && rowFromPostgres(generation.columns, found.row)
    }),
})
