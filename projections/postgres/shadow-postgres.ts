/**
 * A shadow of a view: what the log gives, folded into temporary tables of one session of Postgres
 * and compared there with a copy of the view. It ends with its session, however that ends.
 */
import type { Positions } from "../../contracts/internal.ts"
import { rowFromPostgres, rowsToPostgres } from "./column-value.ts"
import { guarded, openSession, type Session, unlessUnmade } from "./connection-postgres.ts"
import { type Drift, DRIFT_KINDS, type DriftCounts, type Failure } from "../store/drift.ts"
import type { Standing } from "../store/generation.ts"
import { type Place, placeText, type Skipped } from "../store/parked.ts"
import type { PlainRow } from "../projection.ts"
import { readSkipped } from "./registers-postgres.ts"
import {
  compareStatement,
  copyParked,
  copyRows,
  shadowDefinition,
  shadowLoad,
  shadowSave,
} from "./shadow-sql.ts"
import { readStandings } from "./standings-postgres.ts"
import { storableJson } from "../store/storable-text.ts"
import { NotMade } from "../store/store.ts"

/** A view as it was at one moment. */
export interface Seen {
  readonly generation: Standing
  readonly rows: number
  /** The events that no fold of this generation sees. */
  readonly skipped: Skipped
}

/** What the log gives for a key. */
export interface ShadowRow {
  readonly key: string
  readonly row: PlainRow | undefined
  /** The last event that was folded into it. */
  readonly last: Pick<Place, "context" | "sequence"> | undefined
  /** Why it cannot be folded, if it cannot. */
  readonly failure: Failure | undefined
}

interface FoundRow {
  readonly key: string
  readonly there: boolean
  readonly failure: Failure | null
  readonly row: Record<string, unknown>
}

interface FoundDrift extends Pick<Drift, "key" | "kind" | "columns"> {
  readonly context: string | null
  readonly sequence: number | null
  readonly failure: Failure | null
}

const prepared = { prepare: true }

/** A shadow of one view. Its methods reject with `Unavailable` when Postgres cannot be reached. */
export class Shadow {
  readonly #session: Session
  readonly #seen: Seen
  readonly #aside: number

  constructor(session: Session, seen: Seen, aside: number) {
    this.#session = session
    this.#seen = seen
    this.#aside = aside
  }

  /** The view as it was when the shadow was begun. */
  get seen(): Seen {
    return this.#seen
  }

  /** What was folded so far under some keys. */
  load(keys: readonly string[]): Promise<readonly ShadowRow[]> {
    return guarded(async () => {
      const { columns } = this.#seen.generation
      const found = await this.#session.sql().unsafe<FoundRow[]>(
        shadowLoad(this.#seen.generation),
        [storableJson(keys)],
        prepared,
      )
      return found.map(({ key, there, failure, row }) => ({
        key,
        row: there ? rowFromPostgres(columns, row) : undefined,
        last: undefined,
        failure: failure ?? undefined,
      }))
    })
  }

  /** Keeps what was folded. */
  save(rows: readonly ShadowRow[]): Promise<void> {
    return guarded(async () => {
      const { columns, keyColumn } = this.#seen.generation
      const plain = rows.map(({ key, row }) => row ?? { [keyColumn]: key })
      const records = rowsToPostgres(columns, plain).map((record, index) => ({
        ...record,
        "is there": rows[index]!.row !== undefined,
        "last context": rows[index]!.last?.context,
        "last sequence": rows[index]!.last?.sequence,
        "its failure": rows[index]!.failure,
      }))
      const statement = shadowSave(this.#seen.generation)
      await this.#session.sql().unsafe(statement, [storableJson(records)], prepared)
    })
  }

  /** Which events were parked when the shadow was begun, of those between these positions. */
  async aside(first: Positions, last: Positions): Promise<ReadonlySet<string>> {
    if (this.#aside === 0) return new Set()
    const spans = Object.entries(first).map(([context, from]) => ({
      context,
      from,
      to: last[context],
    }))
    const places = await guarded(() =>
      this.#session.sql()<Place[]>`
        select distinct aside.context, aside.sequence, aside.index
        from aside join json_to_recordset(${JSON.stringify(spans)}::text::json)
          as span (context text, "from" bigint, "to" bigint)
          on aside.context = span.context and aside.sequence between span.from and span.to`
    )
    return new Set(places.map(placeText))
  }

  /** Compares the view with what was folded so far. */
  compare(): Promise<DriftCounts> {
    return guarded(async () => {
      // Nothing else does so with temporary tables, and without it a bad plan may be chosen.
      await this.#session.sql()`analyze seen, shadow`
      await this.#session.sql().unsafe(compareStatement(this.#seen.generation))
      await this.#session.sql()`create index on drift (key)`
      const found = await this.#session.sql()<{ kind: Drift["kind"]; count: number }[]>`
        select kind, count(*) as count from drift group by kind`
      const counts = new Map(found.map(({ kind, count }) => [kind, count]))
      const entries = DRIFT_KINDS.map((kind) => [kind, counts.get(kind) ?? 0])
      return Object.fromEntries(entries) as DriftCounts
    })
  }

  /** At most so many of the rows that have drifted, in the order of their keys, after one. */
  drifted(most: number, after?: string): Promise<readonly Drift[]> {
    return guarded(async () => {
      const found = await this.#session.sql()<FoundDrift[]>`
        select * from drift where ${after === undefined} or key > ${after ?? ""}
        order by key limit ${most}`
      return found.map(({ context, sequence, failure, ...drift }) => ({
        ...drift,
        last: context === null || sequence === null ? undefined : { context, sequence },
        failure: failure ?? undefined,
      }))
    })
  }

  /**
   * Of some keys those under which more is parked by now. Undefined when something is no longer
   * parked that was when the shadow was begun: then what was folded is not what the view holds.
   */
  parkedSince(keys: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    const { projection, number } = this.#seen.generation
    return guarded(async () => {
      const parked = this.#session.sql()`
        select key, context, sequence, index from leftfold.parked
        where projection = ${projection} and generation = ${number}`
      const [gone] = await this.#session.sql()`
        select from (select * from aside except ${parked}) as gone limit 1`
      if (gone) return undefined
      const found = await this.#session.sql()<{ key: string }[]>`
        select distinct key from (${parked} except select * from aside) as parked
        where key in (select json_array_elements_text(${storableJson(keys)}::text::json))`
      return new Set(found.map(({ key }) => key))
    })
  }

  /** Ends the session, and with it all that was kept. */
  close(): Promise<void> {
    return this.#session.end()
  }
}

/** What there is at one moment; undefined when there is no view. */
const see = async ({ sql }: Session, projection: string) => {
  await sql()`begin isolation level repeatable read`
  const [generation] = await readStandings(sql(), [projection], "serving")
  if (!generation) return undefined
  const { count: rows } = await sql().unsafe(copyRows(generation))
  const { count: aside } = await sql().unsafe(copyParked(generation))
  await sql()`create index on aside (context, sequence)`
  await sql().unsafe(shadowDefinition(generation))
  const skipped = await readSkipped(sql(), generation)
  await sql()`commit`
  return { seen: { generation, rows, skipped }, aside }
}

/**
 * Begins a shadow of the view that serves: copies it as it is, with its checkpoints. Rejects with
 * `NotMade` when there is none.
 */
export const beginShadow = (databaseUrl: string, projection: string): Promise<Shadow> =>
  guarded(async () => {
    const session = openSession(databaseUrl, `leftfold reconcile ${projection}`)
    try {
      const begun = await unlessUnmade(() => see(session, projection), undefined)
      if (!begun) throw new NotMade(projection)
      return new Shadow(session, begun.seen, begun.aside)
    } catch (error) {
      await session.end()
      throw error
    }
  })
