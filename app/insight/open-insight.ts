/** Opens insight into an application on servers, or in memory. */
import { natsJournal, natsSnapshots, waitingTimers } from "../../actors/internal.ts"
import { natsFeed, type Store } from "../../projections/internal.ts"
import type { NatsWire } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import type { Insight } from "./insight.ts"

/** Insight into an application through its servers. */
export const openInsight = (
  app: AppDefinition,
  wire: NatsWire,
  store: Pick<Store, "serving" | "skipped" | "row">,
): Insight => ({
  ...{ app, store },
  journal: natsJournal(wire),
  snapshots: natsSnapshots(wire),
  feed: natsFeed(wire),
  timers: (context, most) => waitingTimers(wire, context, most),
})
