/** Reads the generations of projections from Postgres, and keeps their lanes. */
import type { Sql } from "postgres"
import type { Column } from "../column.ts"
import type { GenerationState, GenerationStatus, OwnTable } from "../store/generation.ts"
import type { Ahead, Lane } from "../store/lane.ts"
import { NEXT_REVISION } from "./revision-sql.ts"

interface GenerationRow {
  readonly projection: string
  readonly number: number
  readonly version: string
  readonly state: GenerationState
  readonly table_name: string
  readonly columns: readonly Column[]
  readonly key_column: string
  readonly made: Date
  readonly tables: readonly OwnTable[]
  readonly lanes: readonly LaneRow[]
  readonly parked_keys: number
  readonly parked_events: number
}

/** A lane as its table has it. */
export interface LaneRow {
  readonly lane: number
  readonly first_slice: number
  readonly end_slice: number
  readonly revision: number
  readonly positions: Lane["positions"]
  readonly created: Lane["created"]
  readonly ahead: readonly Ahead[]
}

/** A lane as it is in its table. */
export const laneOf = (
  { lane, first_slice: from, end_slice: to, revision, positions, created, ahead }: LaneRow,
): Lane => ({ lane, from, to, revision, positions, created, ahead })

const statusOf = (row: GenerationRow): GenerationStatus => ({
  projection: row.projection,
  number: row.number,
  version: row.version,
  state: row.state,
  table: row.table_name,
  columns: row.columns,
  keyColumn: row.key_column,
  made: row.made,
  tables: row.tables,
  lanes: row.lanes.map(laneOf),
  parkedKeys: row.parked_keys,
  parkedEvents: row.parked_events,
})

const STATUSES = `
select generation.*, lanes, tables, parked_keys, parked_events
from leftfold.generation
cross join lateral (
  select coalesce(json_agg("the lane" order by lane), '[]') as lanes
  from leftfold.lane as "the lane"
  where "the lane".projection = generation.projection
    and "the lane".generation = generation.number
) as lanes
cross join lateral (
  select coalesce(json_agg(json_build_object('name', name, 'table', table_name)), '[]') as tables
  from leftfold.raw_table
  where raw_table.projection = generation.projection and raw_table.generation = generation.number
) as tables
cross join lateral (
  select count(distinct key_hash)::integer as parked_keys, count(*)::integer as parked_events
  from leftfold.parked
  where parked.projection = generation.projection and parked.generation = generation.number
) as parked
where projection in (select json_array_elements_text($1::text::json))`

/** The generations of these projections, ordered by number: all, or those in one state. */
export const readStatuses = async (
  sql: Pick<Sql, "unsafe">,
  projections: readonly string[],
  state?: GenerationState,
): Promise<GenerationStatus[]> => {
  const restriction = state === undefined ? "" : ` and state = '${state}'`
  const rows = await sql.unsafe<GenerationRow[]>(
    `${STATUSES}${restriction} order by projection, number`,
    [JSON.stringify(projections)],
    { prepare: true },
  )
  return rows.map(statusOf)
}

/** Replaces the lanes of a generation, with revisions above those of the earlier lanes. */
export const writeLanes = async (
  sql: Pick<Sql, "unsafe">,
  projection: string,
  generation: number,
  lanes: readonly Lane[],
): Promise<void> => {
  await sql.unsafe(
    "delete from leftfold.lane where projection = $1 and generation = $2",
    [projection, generation],
  )
  await sql.unsafe(
    `insert into leftfold.lane
      (projection, generation, lane, first_slice, end_slice, revision, positions, created, ahead)
    select $1, $2::integer, lane, "from", "to", ${NEXT_REVISION}, positions, created, ahead
    from json_to_recordset($3::text::json) as lane (
      lane integer, "from" integer, "to" integer, revision bigint,
      positions jsonb, created jsonb, ahead jsonb
    )`,
    [projection, generation, JSON.stringify(lanes)],
  )
}
