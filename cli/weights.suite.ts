/** The crates with a raw projection, for the tests of the command line. */
import { App } from "../app/mod.ts"
import { Projection } from "../projections/mod.ts"
import { Crates, crates, UNLUCKY } from "./crates.suite.ts"

/** What all crates together weigh. */
export const Weights = Projection.raw("yard.weights", {
  from: [Crates],
  tables: ["total"],
  make: (table) => `create table ${table("total")} (times bigint not null, sum bigint not null)`,
  onBatch: async (events, { sql, table }) => {
    const counts = events.map(({ event }) => event.data.count)
    if (counts.includes(UNLUCKY)) throw new Error("thirteen is unlucky")
    const sum = counts.reduce((one, other) => one + other, 0)
    const changed = await sql`
      update ${table("total")} set times = times + ${counts.length}, sum = sum + ${sum} returning 1`
    if (changed.length > 0) return
    await sql`insert into ${table("total")} values (${counts.length}, ${sum})`
  },
})

/** The application. */
export const weighed = App.define("weighed", { actors: crates.actors, projections: [Weights] })
