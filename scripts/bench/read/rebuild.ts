/** A rebuild next to a serving view: its speed, and how much it slows queries down. */
import { postgresStore } from "../../../projections/postgres/store-postgres.ts"
import { withScope } from "../peers/scope.ts"
import type { Row } from "../table.ts"
import { Balances } from "./balances.ts"
import { fill, shapesOf } from "./deposits.ts"
import { makeReadStand } from "./read-stand.ts"

const PAUSE_MS = 5
const LOOK_MS = 50
const BEFORE_MS = 5_000

/** The p99 of a query's time, for as long as `going` says so. */
const p99While = async (query: () => Promise<unknown>, going: () => boolean): Promise<number> => {
  const took: number[] = []
  while (going()) {
    const started = performance.now()
    await query()
    took.push(performance.now() - started)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return took.sort((one, other) => one - other)[Math.floor(took.length * 0.99)] ?? 0
}

/** Rebuilds a view of a log with this many events, ten to a row, while queries go on. */
export const rebuildRow = (events: number): Promise<Row> =>
  withScope(async (scope) => {
    const shape = shapesOf(events)[1]!
    const stand = await makeReadStand(scope, (wire) => fill(wire, shape))
    const store = postgresStore(stand.databaseUrl)
    scope.after(() => store.close())
    const until = async (done: () => Promise<boolean>) => {
      while (!await done()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
    await until(async () => {
      const [made] = await store.statuses([Balances.name])
      return made?.lanes.every(({ positions }) => (positions.bench ?? 0) >= events) ?? false
    })
    let number = 0
    const query = () =>
      stand.client.queryPlain("bench.balances", { key: shape.accountOf(number++ % events) })
    const begun = performance.now()
    const before = await p99While(query, () => performance.now() < begun + BEFORE_MS)
    let [served, mostRss] = [false, 0]
    const started = performance.now()
    const { number: built } = await store.rebuild(Balances)
    const rebuilding = until(async () => {
      const { rss } = await stand.folding.tell<{ rss: number }>({ rss: true })
      mostRss = Math.max(mostRss, rss)
      return (await store.serving(Balances.name)).number === built
    }).then(() => served = true)
    const during = await p99While(query, () => !served)
    await rebuilding
    const seconds = (performance.now() - started) / 1_000
    return {
      name: `rebuild of ${events.toLocaleString("en")} events`,
      rate: events / seconds,
      p99Ms: during,
      ratio: during / before,
      goal: "queries' p99 ≤ 2 × before, ≤ 300 MB",
      note: `p99 before ${before.toFixed(2)} ms; worker at most ${
        (mostRss / 1_048_576).toFixed(0)
      } MiB RSS; ${seconds.toFixed(1)} s`,
    }
  })
