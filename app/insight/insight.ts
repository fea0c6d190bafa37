/** Insight: what the questions of an operator are answered from. It only reads. */
import type { Journal, Snapshots, WaitingTimer } from "../../actors/internal.ts"
import type { Feed, Store } from "../../projections/internal.ts"
import type { AppDefinition } from "../app.ts"

/** Where the log, the views and the timers are read. */
export interface Insight {
  readonly app: AppDefinition
  readonly journal: Journal
  readonly snapshots: Snapshots
  readonly feed: Feed
  readonly store: Pick<Store, "serving" | "skipped" | "row">
  /** The timers of a context that wait, at most `most`. */
  readonly timers: (
    context: string,
    most: number,
  ) => Promise<{ readonly timers: readonly WaitingTimer[]; readonly count: number }>
}
