/**
 * The rows of generations in Postgres. A save is one statement: the checkpoint's compare-and-set,
 * and the rows if that succeeded. So it is atomic and takes one round trip.
 */
import type { Sql } from "postgres"
import { Unavailable } from "../../contracts/internal.ts"
import { rowFromPostgres, rowsJson, rowsToPostgres } from "./column-value.ts"
import { guarded } from "./connection-postgres.ts"
import type { Changes } from "../store/changes.ts"
import { type Generation, nameOf } from "../store/generation.ts"
import type { Lane, Reached } from "../store/lane.ts"
import { HOLD_MS, QUERY_BYTES } from "../limits.ts"
import { rowTooLarge } from "../store/query-limits.ts"
import type { Place } from "../store/parked.ts"
import { bookedEvent, unpark } from "./unparked-postgres.ts"
import type { PlainRow } from "../projection.ts"
import { RefusedRow, RefusedRows, StatementTooLarge } from "../store/refused-row.ts"
import { isRefusal } from "./outage.ts"
import { readParked, writeDiscarded } from "./bookkeeping-postgres.ts"
import { NEXT_REVISION } from "./revision-sql.ts"
import { laneOf, type LaneRow } from "./statuses-postgres.ts"
import { storableJson } from "./storable-json.ts"
import type { HeldLanes, Loaded, Rows, Settlement } from "../store/store.ts"
import { type Begin, nested, type Transaction } from "./transaction-postgres.ts"
import {
  ADD_CANDIDATES,
  ATTEMPT_TABLES,
  attemptStatement,
  loadStatement,
  rowStatement,
  saveStatement,
  writeStatement,
} from "./view-sql.ts"

type LoadedRow =
  | { readonly parked: false; readonly row: Record<string, unknown> }
  | { readonly parked: true; readonly row: Place & { readonly key: string } }

type Runner = Pick<Sql, "unsafe">

const prepared = { prepare: true }

const makeStatements = (generation: Generation) => ({
  row: rowStatement(generation),
  load: loadStatement(generation),
  save: saveStatement(generation),
  write: writeStatement(generation),
  attempt: attemptStatement(generation),
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

/** The parameters of a write apart from those of the lane. */
const changesOf = (generation: Generation, { upserts, deletes, parked }: Changes) => {
  const { projection, number } = generation
  const events = parked.map((event, place) => ({ ...bookedEvent(event), place }))
  return [
    rowsJson(rowsToPostgres(generation.columns, upserts)),
    storableJson(deletes),
    projection,
    number,
    storableJson(events),
  ]
}

/** Adds rows to the candidates; answers those that are too large to be written at all. */
const addCandidates = async (
  transaction: Transaction,
  { columns }: Generation,
  rows: readonly PlainRow[],
): Promise<(readonly [place: number, error: unknown])[]> => {
  const refused: (readonly [place: number, error: unknown])[] = []
  const add = async (first: number, end: number): Promise<void> => {
    if (first === end) return
    let json: string
    try {
      json = rowsJson(rowsToPostgres(columns, rows.slice(first, end)))
    } catch (error) {
      if (!(error instanceof StatementTooLarge)) throw error
      if (end - first === 1) return void refused.push([first, error])
      const middle = Math.floor((first + end) / 2)
      await add(first, middle)
      return await add(middle, end)
    }
    await transaction.unsafe(ADD_CANDIDATES, [json, first], prepared)
  }
  await add(0, rows.length)
  return refused
}

/**
 * Finds which rows are refused, and why, by writing one after another and rolling all of it back.
 * An accepted row stays visible to the rows after it, as in one save.
 */
const refusedOf = async (
  begin: Begin,
  generation: Generation,
  { upserts, deletes }: Pick<Changes, "upserts" | "deletes">,
): Promise<ReadonlyMap<string, RefusedRow>> => {
  const refused = new Map<string, RefusedRow>()
  const takenBack = new Error("taken back")
  try {
    await begin(async (transaction) => {
      await transaction`set constraints all immediate`
      const removed = changesOf(generation, { upserts: [], deletes, parked: [] })
      if (deletes.length > 0) {
        await transaction.unsafe(statementsOf(generation).write, removed, prepared)
      }
      await transaction.unsafe(ATTEMPT_TABLES)
      const tooLarge = await addCandidates(transaction, generation, upserts)
      await transaction.unsafe(statementsOf(generation).attempt)
      const found = await transaction<{ place: number; message: string }[]>`select * from refusal`
      const all = [...tooLarge, ...found.map(({ place, message }) => [place, message] as const)]
      for (const [place, error] of all.sort(([one], [other]) => one - other)) {
        const key = String(upserts[place]![generation.keyColumn])
        refused.set(key, new RefusedRow(key, error))
      }
      throw takenBack
    })
  } catch (error) {
    if (error !== takenBack) throw error
  }
  return refused
}

const save = async (
  sql: Sql,
  generation: Generation,
  changes: Changes,
  before: Lane,
  after: Reached,
): Promise<number | undefined> => {
  try {
    const [result] = await sql.unsafe<{ revision: number }[]>(
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
    return result?.revision
  } catch (error) {
    throw isRefusal(error) ? new RefusedRows(error) : error
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

/** Runs work while lanes are held and nobody else can write them. */
const inTime = async <T>(generation: Generation, work: () => Promise<T>): Promise<T> => {
  const begun = performance.now()
  const result = await work()
  if (performance.now() - begun < HOLD_MS) return result
  const message = `lanes of ${nameOf(generation)} were held for longer than ${HOLD_MS} ms ` +
    "and others wait for them: nothing was written, so run it again"
  throw new Unavailable({ message })
}

const hold = async (
  begin: Begin,
  generation: Generation,
  lanes: readonly number[] | undefined,
  work: (held: HeldLanes) => Promise<Settlement>,
): Promise<readonly Lane[]> => {
  const { projection, number } = generation
  return await begin(async (transaction) => {
    // A little later than `inTime` notices it, so that a suspended holder is told why.
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
      throw isRefusal(error) ? new RefusedRows(error) : error
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

/** Keeps rows over connections for writers, and others for queries. */
export const postgresRows = (
  writer: Sql,
  reader: Sql,
  begin: Begin,
): Omit<Rows, "answer" | "saveRaw"> => ({
  load: (generation, keys) => guarded(() => load(writer, generation, keys)),
  save: (...given) => guarded(() => save(writer, ...given)),
  refused: (...given) => guarded(() => refusedOf(begin, ...given)),
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
  row: (generation, key, most = QUERY_BYTES) =>
    guarded(async () => {
      const [found] = await reader.unsafe<{ bytes: number; json: string | null }[]>(
        statementsOf(generation).row,
        [key, most],
        prepared,
      )
      if (!found) return undefined
      const { json, bytes } = found
      if (json === null) throw rowTooLarge(generation.projection, key, bytes, most)
      return rowFromPostgres(generation.columns, JSON.parse(json))
    }),
})
