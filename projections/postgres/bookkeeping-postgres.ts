/** Parked events, discarded events and live workers, in Postgres. */
import { storableText } from "../store/storable-text.ts"
import { isOfKey } from "./parked-sql.ts"
import type { Sql, TransactionSql } from "postgres"
import { guarded, unlessUnmade } from "./connection-postgres.ts"
import type { Generation } from "../store/generation.ts"
import { ALIVE_MS } from "../limits.ts"
import type { Member } from "../store/membership.ts"
import {
  type Discarded,
  discardedTexts,
  type ParkedEvent,
  type Place,
  type Skipped,
} from "../store/parked.ts"
import type { Bookkeeping } from "../store/store.ts"
import type { Transaction } from "./transaction-postgres.ts"

/** How long after its last beat a worker's row is deleted, in seconds. */
const FORGOTTEN_S = 3_600

interface ParkedRow extends Omit<ParkedEvent, "error" | "parkedAt"> {
  readonly error: string | null
  readonly parked_at: Date
}

interface DiscardedRow extends Omit<Discarded, "error" | "discardedAt" | "by"> {
  readonly error: string | null
  readonly discarded_at: Date
  readonly discarded_by: string
}

/** Reads the parked events of a generation, in the order in which they were parked. */
export const readParked = async (
  sql: Transaction,
  { projection, number }: Pick<Generation, "projection" | "number">,
  key?: string,
  most?: number,
  mostBytes?: number,
): Promise<ParkedEvent[]> => {
  const ofKey = key === undefined ? "" : ` and ${isOfKey("$5")}`
  const given = [projection, number, most ?? null, mostBytes ?? null]
  const rows = await sql.unsafe<ParkedRow[]>(
    `select key, context, sequence, index, type, actor, error, parked_at from (
      select *,
        row_number() over (order by number, index) as place,
        sum(octet_length(key) + coalesce(octet_length(error), 0))
          over (order by number, index rows unbounded preceding) as bytes
      from leftfold.parked
      where projection = $1 and generation = $2::integer${ofKey}
      order by number, index limit $3::bigint
    ) as found
    where place = 1 or $4::bigint is null or bytes <= $4::bigint
    order by number, index`,
    [...given, ...key === undefined ? [] : [storableText(key)]],
  )
  return rows.map(({ error, parked_at: parkedAt, ...rest }) => ({
    ...rest,
    error: error ?? undefined,
    parkedAt,
  }))
}

/** Reads the places that a fold of a generation skips. */
export const readSkipped = async (
  sql: Sql | TransactionSql,
  { projection, number }: Pick<Generation, "projection" | "number">,
): Promise<Skipped> => {
  const places = await sql<(Place & { readonly key: string })[]>`
    select key, context, sequence, index from leftfold.discarded
    where projection = ${projection}
      and (generation = ${number} or last_generation < ${number})`
  return new Set(places.flatMap(discardedTexts))
}

/** Records discarded events, for this generation and all later ones. */
export const writeDiscarded = async (
  sql: Transaction,
  { projection, number }: Pick<Generation, "projection" | "number">,
  discarded: readonly Discarded[],
): Promise<void> => {
  for (const { key, context, sequence, index, type, actor, error, discardedAt, by } of discarded) {
    await sql`
      insert into leftfold.discarded (projection, generation, last_generation, key, context,
        sequence, index, type, actor, error, discarded_at, discarded_by)
      select ${projection}, ${number}, generations, ${key}, ${context}, ${sequence}, ${index},
        ${type}, ${actor}, ${error ?? null}, ${discardedAt}, ${by}
      from leftfold.projection where name = ${projection}`
  }
}

/** Reads which workers are alive. */
export const readAlive = async (sql: Transaction): Promise<Member[]> => {
  const alive = await sql<Member[]>`
    select id, hosts from leftfold.worker
    where seen > clock_timestamp() - make_interval(secs => ${ALIVE_MS / 1_000})
    order by id`
  return alive.map(({ id, hosts }) => ({ id, hosts }))
}

/** Notes that a worker is alive, forgets those that have long been silent, and reads the others. */
const beat = async (sql: Sql, { id, hosts }: Member): Promise<Member[]> => {
  await sql`
    insert into leftfold.worker (id, hosts) values (${id}, ${JSON.stringify(hosts)}::text::jsonb)
    on conflict (id) do update set hosts = excluded.hosts, seen = clock_timestamp()`
  await sql`
    delete from leftfold.worker
    where seen < clock_timestamp() - make_interval(secs => ${FORGOTTEN_S})`
  return readAlive(sql)
}

/** Keeps parked and discarded events and workers over these connections. */
export const postgresBookkeeping = (sql: Sql): Bookkeeping => ({
  parked: (...given) => guarded(() => readParked(sql, ...given)),

  skipped: (generation) => guarded(() => readSkipped(sql, generation)),

  discarded: (projection) =>
    guarded(() =>
      unlessUnmade(async () => {
        const rows = await sql<DiscardedRow[]>`
          select key, context, sequence, index, type, actor, error, discarded_at, discarded_by
          from leftfold.discarded where projection = ${projection} order by number`
        return rows.map(({ error, discarded_at: discardedAt, discarded_by: by, ...rest }) => ({
          ...rest,
          error: error ?? undefined,
          discardedAt,
          by,
        }))
      }, [])
    ),

  beat: (member) =>
    // A first claim makes the tables. A worker that waits for it hosts nothing yet.
    guarded(() =>
      member.hosts.length > 0 ? beat(sql, member) : unlessUnmade(() => beat(sql, member), [])
    ),

  leave: (id) =>
    guarded(() =>
      unlessUnmade(async () => {
        await sql`delete from leftfold.worker where id = ${id}`
      }, undefined)
    ),
})
