/** Raw projections in Postgres: their tables, and the transaction that a batch writes in. */
import { type Generation, type OwnTable, tableOf } from "../store/generation.ts"
import type { Lane, Reached } from "../store/lane.ts"
import { RAW_IDLE_MS } from "../limits.ts"
import { isOutage } from "./outage.ts"
import type { RawProjection, RawTools } from "../raw-projection.ts"
import type { Begin, Transaction } from "./transaction-postgres.ts"
import { NEXT_REVISION } from "./revision-sql.ts"
import { rawTableName } from "./view-sql.ts"
import { messageOf } from "../../contracts/internal.ts"

/** Makes the tables of a generation and records their names. */
export const makeRawTables = async (
  transaction: Transaction,
  projection: RawProjection,
  generation: number,
): Promise<readonly OwnTable[]> => {
  const physical = (name: string) => rawTableName(projection, name, generation)
  try {
    await transaction.unsafe(projection.make(physical))
  } catch (cause) {
    if (isOutage(cause)) throw cause
    const reason = messageOf(cause)
    throw new TypeError(
      `${projection.name}: the SQL of "make" failed for generation ${generation}: ${reason}. ` +
        "Correct it; and as each generation has tables of its own, let it give names to nothing " +
        'but what "table" names: an index needs none',
      { cause },
    )
  }
  const tables = projection.tables.map((name) => ({ name, table: physical(name) }))
  for (const { name, table } of tables) {
    const [found] = await transaction<{ made: boolean }[]>`
      select to_regclass(${table}::text) is not null as made`
    if (!found?.made) {
      throw new TypeError(
        `${projection.name}: "make" has made no table "${name}": let its SQL make it under the ` +
          `name that table("${name}") gives, or take it from "tables"`,
      )
    }
    await transaction`
      insert into leftfold.raw_table (projection, generation, name, table_name)
      values (${projection.name}, ${generation}, ${name}, ${table})`
  }
  return tables
}

/**
 * Lets a batch write and moves the checkpoint. Answers the lane's next revision, or undefined if
 * the lane no longer has the revision of `before`.
 */
export const saveRaw = (
  begin: Begin,
  generation: Generation,
  batch: (tools: RawTools) => PromiseLike<unknown>,
  { lane, revision }: Lane,
  { positions, created, ahead }: Reached,
): Promise<number | undefined> =>
  begin(async (transaction) => {
    const { projection, number } = generation
    await transaction.unsafe(`set local idle_in_transaction_session_timeout = ${RAW_IDLE_MS}`)
    // Before the batch, so that only one of two workers writes and the other one sees it.
    const [fence] = await transaction<{ transaction: string }[]>`
      select pg_current_xact_id()::text as transaction from leftfold.lane
      where projection = ${projection} and generation = ${number} and lane = ${lane}
        and revision = ${String(revision)}::bigint
      for update`
    if (!fence) return undefined
    await batch({
      sql: transaction as unknown as RawTools["sql"],
      table: (name) => transaction.unsafe(tableOf(generation, name)),
    })
    // After the batch, so that this fails if the batch caught the error of a statement.
    const [moved] = await transaction<{ revision: number }[]>`
      update leftfold.lane
      set revision = ${transaction.unsafe(NEXT_REVISION)},
        positions = ${JSON.stringify(positions)}::text::jsonb,
        created = ${JSON.stringify(created)}::text::jsonb,
        ahead = ${JSON.stringify(ahead)}::text::jsonb
      where projection = ${projection} and generation = ${number} and lane = ${lane}
        and pg_current_xact_id()::text = ${fence.transaction}
      returning revision`
    if (moved) return moved.revision
    throw new TypeError(
      `${projection}: "onBatch" has ended the transaction: take "commit" and "rollback" out of it`,
    )
  })
