/** Measures a store: how long its operations take, and how many are under way in each pool. */
import { errorType, type Histogram, METRIC, METRICS, type Serving } from "../../wire/internal.ts"

/** The operations that use the connections of queries; all others use those of projections. */
const OF_QUERIES: readonly string[] = ["serving", "row", "answer"]

type Operation = (...given: never[]) => Promise<unknown>

/**
 * A store whose operations are measured until it is closed. `connections` says how many each pool
 * has.
 */
export const measuredStore = <S extends { readonly close: () => Promise<void> }>(
  connections: { readonly projections: number; readonly queries: number },
  store: S,
): S => {
  const busy = { projections: 0, queries: 0 }
  const series = (operation: string, error = ""): Histogram =>
    METRICS.histograms(METRIC.storeDuration).with("postgresql", operation, error)
  const measured = (name: string, run: Operation): Operation => {
    const pool = OF_QUERIES.includes(name) ? "queries" : "projections"
    const succeeded = series(name)
    return async (...given) => {
      const begunMs = performance.now()
      busy[pool]++
      let histogram = succeeded
      try {
        return await run(...given)
      } catch (error) {
        histogram = series(name, errorType(error))
        throw error
      } finally {
        busy[pool]--
        histogram.record((performance.now() - begunMs) / 1_000)
      }
    }
  }
  const gauges: Serving = METRICS.observe(() => [
    [METRIC.poolBusy, busy.projections, "projections"],
    [METRIC.poolBusy, busy.queries, "queries"],
    [METRIC.poolSize, connections.projections, "projections"],
    [METRIC.poolSize, connections.queries, "queries"],
  ])
  const operations = Object.entries(store).map(([name, run]) => [
    name,
    typeof run === "function" && name !== "close" ? measured(name, run as Operation) : run,
  ])
  const close = async () => {
    gauges.close()
    await store.close()
  }
  return { ...Object.fromEntries(operations), close }
}
