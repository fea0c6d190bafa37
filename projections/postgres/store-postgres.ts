/** The store in Postgres. */
import { postgresUnreadables } from "./unreadable-postgres.ts"
import { connect, guarded } from "./connection-postgres.ts"
import { postgresGenerations } from "./generations-postgres.ts"
import { QUERY_MS, SILENCE_MS } from "../limits.ts"
import { answerQuery } from "./query-postgres.ts"
import { saveRaw } from "./raw-postgres.ts"
import { postgresBookkeeping } from "./bookkeeping-postgres.ts"
import { postgresRows } from "./rows-postgres.ts"
import type { Store } from "../store/store.ts"
import { transactionsAt } from "./transaction-postgres.ts"
import { measuredStore } from "../telemetry/measured-store.ts"

/** A store with connections to close. */
export interface PostgresStore extends Store {
  readonly close: () => Promise<void>
}

/** Queries have their own connections, so that slow queries do not delay the projections. */
const CONNECTIONS = { projections: 8, queries: 8 }

/**
 * Makes a store at this URL, `postgres://user@host:port/database`. Queries use `queriesUrl`, whose
 * user needs only the right to read. A worker's regular requests fail when there is no answer for
 * `silenceMs`.
 */
export const postgresStore = (
  url: string,
  queriesUrl: string = url,
  silenceMs: number = SILENCE_MS,
): PostgresStore => {
  const writer = connect(url, CONNECTIONS.projections)
  const reader = connect(queriesUrl, CONNECTIONS.queries, () => {}, QUERY_MS)
  const begin = transactionsAt(url)
  const inTime = <T>(run: () => Promise<T>) => writer.within(silenceMs, run)
  const generations = postgresGenerations(writer, begin)
  const read = postgresGenerations(reader, begin)
  const bookkeeping = postgresBookkeeping(writer)
  const unreadables = postgresUnreadables(writer)
  const rows = postgresRows(writer, reader, begin)
  return measuredStore(CONNECTIONS, {
    ...generations,
    ...bookkeeping,
    ...unreadables,
    ...rows,
    statuses: (...given) => inTime(() => generations.statuses(...given)),
    beat: (...given) => inTime(() => bookkeeping.beat(...given)),
    noteUnreadable: (...given) => inTime(() => unreadables.noteUnreadable(...given)),
    noteSkipped: (...given) => inTime(() => unreadables.noteSkipped(...given)),
    unreadableCounts: () => inTime(() => unreadables.unreadableCounts()),
    skipped: (...given) => inTime(() => bookkeeping.skipped(...given)),
    load: (...given) => inTime(() => rows.load(...given)),
    save: (...given) => inTime(() => rows.save(...given)),
    saveRaw: (...given) => guarded(() => saveRaw(begin, ...given)),
    // With the readers' connections, so that a rebuild or many lanes cannot make queries wait.
    serving: (...given) => reader.within(silenceMs, () => read.serving(...given)),
    row: (...given) => reader.within(silenceMs, () => rows.row(...given)),
    answer: (...given) => guarded(() => answerQuery(reader, ...given)),
    close: async () => {
      await Promise.all([writer, reader].map((sql) => sql.end({ timeout: 2 })))
    },
  })
}
