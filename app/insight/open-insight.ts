/** Opens insight into an application on servers, or in memory. */
import { natsJournal, natsSnapshots, waitingTimers } from "../../actors/internal.ts"
import type { Feed, Store } from "../../projections/internal.ts"
import type { NatsWire } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import type { Insight } from "./insight.ts"

/** Insight into an application through its servers. */
export const openInsight = (
  app: AppDefinition,
  wire: NatsWire,
  feed: Feed,
  store: Pick<Store, "serving" | "skipped" | "row">,
): Insight => ({
  ...{ app, feed, store },
  journal: natsJournal(wire),
  snapshots: natsSnapshots(wire),
  timers: (context, most) => waitingTimers(wire, context, most),
})
