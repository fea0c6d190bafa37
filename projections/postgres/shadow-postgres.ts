/**
 * A shadow of a view: the log folded into temporary tables of one Postgres session, and compared
 * there with a copy of the view. It disappears with its session, however that ends.
 */
import { createHash } from "node:crypto"
import { reasonOf } from "../worker/keyed-event.ts"
import { isRefusal } from "./outage.ts"
import { refusedAmong, RefusedRow } from "../store/refused-row.ts"
import type { Positions } from "../../contracts/internal.ts"
import { rowFromPostgres, rowsJson, rowsToPostgres } from "./column-value.ts"
import { guarded, openSession, type Session, unlessUnmade } from "./connection-postgres.ts"
import {
  type Drift,
  DRIFT_KINDS,
  type DriftCounts,
  type DriftPage,
  type FoldFailure,
} from "../store/drift.ts"
import type { GenerationStatus } from "../store/generation.ts"
import { parkedText, type Place, placeText, type Skipped } from "../store/parked.ts"
import type { PlainRow } from "../projection.ts"
import { readSkipped } from "./bookkeeping-postgres.ts"
import {
  compareStatement,
  copyParked,
  copyRows,
  shadowDefinition,
  shadowLoad,
  shadowSave,
} from "./shadow-sql.ts"
import { readStatuses } from "./statuses-postgres.ts"
import { storableJson } from "./storable-json.ts"
import { NotMade } from "../store/store.ts"

/** A view as it was at one moment. */
export interface Seen {
  readonly generation: GenerationStatus
  readonly rows: number
  /** The events that every fold of this generation skips. */
  readonly skipped: Skipped
}

/** The row that the log gives for a key. */
export interface ShadowRow {
  readonly key: string
  readonly row: PlainRow | undefined
  /** The last event that was folded into it. */
  readonly last: Pick<Place, "context" | "sequence"> | undefined
  /** Why the row cannot be folded; undefined if it can. */
  readonly failure: FoldFailure | undefined
}

interface FoundRow {
  readonly key: string
  readonly there: boolean
  readonly failure: FoldFailure | null
  readonly row: Record<string, unknown>
}

interface FoundDrift extends Pick<Drift, "key" | "kind" | "columns"> {
  readonly number: number
  readonly context: string | null
  readonly sequence: number | null
  readonly failure: FoldFailure | null
}

const prepared = { prepare: true }

/** Keys up to this many characters are indexed as they are; longer ones by a hash. */
const INDEXED_CHARACTERS = 256

/** What stands for a key in an index. */
const indexedKey = (key: string): string =>
  key.length <= INDEXED_CHARACTERS
    ? `=${key}`
    : `#${createHash("sha256").update(key).digest("hex")}`

/** The row to keep for one that Postgres refuses. */
const failedRow = ({ key, last }: ShadowRow, error: unknown): ShadowRow => {
  const place = { context: last?.context ?? "", sequence: last?.sequence ?? 0, index: -1 }
  const reason = reasonOf(new RefusedRow(key, error))
  return { key, row: undefined, last, failure: { ...place, reason } }
}

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

  /** The view as it was when the shadow began. */
  get seen(): Seen {
    return this.#seen
  }

  /** What is folded so far under these keys. */
  load(keys: readonly string[]): Promise<readonly ShadowRow[]> {
    return guarded(async () => {
      const { columns } = this.#seen.generation
      const found = await this.#session.sql().unsafe<FoundRow[]>(
        shadowLoad(this.#seen.generation),
        [storableJson(keys.map(indexedKey))],
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

  /** Keeps folded rows. A row that Postgres refuses is kept as one that cannot be folded. */
  async save(rows: readonly ShadowRow[]): Promise<void> {
    try {
      await guarded(() => this.#save(rows))
    } catch (error) {
      if (!isRefusal(error)) throw error
      const attempt = async (some: readonly ShadowRow[]) => {
        try {
          await guarded(() => this.#save(some))
        } catch (error) {
          if (isRefusal(error)) return error
          throw error
        }
      }
      const failed = (await refusedAmong(rows, attempt)).map(({ item, error }) =>
        failedRow(item, error)
      )
      await guarded(() => this.#save(failed))
    }
  }

  async #save(rows: readonly ShadowRow[]): Promise<void> {
    const { columns, keyColumn } = this.#seen.generation
    const plain = rows.map(({ key, row }) => row ?? { [keyColumn]: key })
    const records = rowsToPostgres(columns, plain).map((record, index) => {
      const { key, row, last, failure } = rows[index]!
      return {
        ...record,
        "indexed key": indexedKey(key),
        "is there": row !== undefined,
        "last context": last?.context,
        "last sequence": last?.sequence,
        "its failure": failure,
      }
    })
    const json = rowsJson(records)
    await this.#session.sql().unsafe(shadowSave(this.#seen.generation), [json], prepared)
  }

  /**
   * Which events between these positions were parked when the shadow began: texts of their places,
   * and of these with the keys that they are parked under.
   */
  async aside(first: Positions, last: Positions): Promise<ReadonlySet<string>> {
    if (this.#aside === 0) return new Set()
    const spans = Object.entries(first).map(([context, from]) => ({
      context,
      from,
      to: last[context],
    }))
    const places = await guarded(() =>
      this.#session.sql()<(Place & { readonly key: string })[]>`
        select distinct aside.key, aside.context, aside.sequence, aside.index
        from aside join json_to_recordset(${JSON.stringify(spans)}::text::json)
          as span (context text, "from" bigint, "to" bigint)
          on aside.context = span.context and aside.sequence between span.from and span.to`
    )
    return new Set(places.flatMap((place) => [placeText(place), parkedText(place)]))
  }

  /** Compares the view with what is folded so far. */
  compare(): Promise<DriftCounts> {
    return guarded(async () => {
      // Autovacuum skips temporary tables, and without statistics Postgres may choose a bad plan.
      await this.#session.sql()`analyze seen, shadow`
      await this.#session.sql().unsafe(compareStatement(this.#seen.generation))
      await this.#session.sql()`create index on drift (number)`
      const found = await this.#session.sql()<{ kind: Drift["kind"]; count: number }[]>`
        select kind, count(*) as count from drift group by kind`
      const counts = new Map(found.map(({ kind, count }) => [kind, count]))
      const entries = DRIFT_KINDS.map((kind) => [kind, counts.get(kind) ?? 0])
      return Object.fromEntries(entries) as DriftCounts
    })
  }

  /** The next rows with drift, at most `most`, after the row with this number. */
  drifted(most: number, after = 0): Promise<DriftPage> {
    return guarded(async () => {
      const found = await this.#session.sql()<FoundDrift[]>`
        select * from drift where number > ${after} order by number limit ${most}`
      const rows = found.map(({ number: _, context, sequence, failure, ...drift }) => ({
        ...drift,
        last: context === null || sequence === null ? undefined : { context, sequence },
        failure: failure ?? undefined,
      }))
      return { rows, last: found.at(-1)?.number ?? after }
    })
  }

  /**
   * Which of these keys have more parked events by now. Undefined if an event was unparked since
   * the shadow began: the shadow then no longer matches the view.
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

  /** Ends the session and drops everything in it. */
  close(): Promise<void> {
    return this.#session.end()
  }
}

/** The view at one moment; undefined if it does not exist. */
const see = async ({ sql }: Session, projection: string) => {
  await sql()`begin isolation level repeatable read`
  const [generation] = await readStatuses(sql(), [projection], "serving")
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
 * Begins a shadow of the serving generation: copies it with its checkpoints. Rejects with `NotMade`
 * if no generation serves.
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
