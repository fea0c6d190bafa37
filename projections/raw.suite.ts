/** What the tests of raw projections share: one that shows what is counted twice. */
import assert from "node:assert/strict"
import { Boxes, Put } from "./boxes.suite.ts"
import { connect } from "./connection-postgres.ts"
import type { Scope } from "./feed.suite.ts"
import {
  type AnyProjection,
  type Feed,
  postgresStore,
  Projection,
  startProjections,
  type Store,
} from "./mod.ts"
import type { RawOptions } from "./raw-projection.ts"
import { entries, natsWrittenLog, wireOf } from "./written-log.suite.ts"

/** What `putting` can be given otherwise. */
export type PuttingOptions = RawOptions<typeof Boxes, "seen" | "sum">

/** Makes its tables, neither of which has a key to prevent repeats. */
export const make: PuttingOptions["make"] = (table) => `
  create table ${table("seen")} (sequence bigint not null, batch integer not null);
  create table ${table("sum")} (id integer primary key, count bigint not null)`

/** Writes what is put into boxes: all of it, and at which position. */
export const onBatch: PuttingOptions["onBatch"] = async (events, { sql, table }) => {
  for (const { event, context: { sequence } } of events) {
    if (event.type !== "Put") continue
    await sql`insert into ${table("seen")} values (${sequence}, ${events.length})`
    await sql`
      insert into ${table("sum")} as sum values (1, ${event.data.count})
      on conflict (id) do update set count = sum.count + excluded.count`
  }
}

/** A raw projection of what is put into boxes. */
export const putting = (options: Partial<PuttingOptions> = {}) =>
  Projection.raw("boxes.putting", {
    ...{ from: [Boxes], tables: ["seen", "sum"], make, onBatch },
    ...options,
  })

/** The same as it is. */
export const Putting = putting()

/** A feed in small batches, so that much can happen between and within them. */
export const inSmallBatches = (feed: Feed, most = 7): Feed => ({
  ...feed,
  open: async (after) => {
    const cursor = await feed.open(after)
    return { ...cursor, next: (asked) => cursor.next(Math.min(asked, most)) }
  },
})

/** The store of a worker that takes itself for the only one: only the fence can tell otherwise. */
export const aloneIn = (store: Store): Store => ({
  ...store,
  beat: (member) => Promise.resolve([member]),
})

/** A log on real servers, and a store that is empty. */
export const opened = async (
  scope: Scope,
  { natsUrl, databaseUrl }: { readonly natsUrl: string; readonly databaseUrl: string },
) => {
  const wire = await wireOf(scope, natsUrl)
  const store = postgresStore(databaseUrl)
  const sql = connect(databaseUrl, 1)
  scope.after(async () => {
    await store.close()
    await sql.end()
  })
  const log = await natsWrittenLog(wire, ["boxes"])
  const feed = inSmallBatches(log.feed)
  const start = (projection: AnyProjection, own: Store = store) => {
    const running = startProjections({ projections: [projection], store: own, wire, feed })
    scope.after(() => running.stop())
    return running
  }
  return { wire, store, sql, start, ...log }
}

/** The sum of 0, 1, 2 and so on, so many of them. */
export const sumOf = (count: number): number => count * (count - 1) / 2

/** Puts of numbers that count up, so that what is counted twice or not at all shows in the sum. */
export const puts = (from: number, count: number) =>
  Array.from(
    { length: count },
    (_, index) => entries(Boxes, `b-${index % 7}`, Put({ count: from + index })),
  ).flat()

/** Fails unless each of the first puts was written once, and nothing else. */
export const eachOnce = async (sql: ReturnType<typeof connect>, count: number): Promise<void> => {
  const rows = await sql`select sequence from boxes.putting__seen order by sequence`
  const wanted = Array.from({ length: count }, (_, index) => index + 1)
  assert.deepEqual(rows.map(({ sequence }) => sequence), wanted)
  const [sum] = await sql`select count from boxes.putting__sum`
  assert.equal(sum?.count, sumOf(count))
}
