/** How far the views of an application have read the log of a context. */
import { isFolded, positionsOf, type Store } from "../../projections/internal.ts"
import type { AppDefinition } from "../app.ts"
import type { Evidence } from "./lost-log.ts"

/** Tells of each context the view that has read furthest. Rejects with `Unavailable`. */
export const knownToViews = (
  store: Pick<Store, "statuses">,
  { projections }: AppDefinition,
): (context: string) => Promise<Evidence | undefined> =>
async (context) => {
  const readers = projections.filter(({ from }) => from.some((each) => each.context === context))
  let furthest: Evidence | undefined
  for (const generation of await store.statuses(readers.map(({ name }) => name))) {
    const sequence = isFolded(generation) ? positionsOf(generation)[context] ?? 0 : 0
    if (sequence <= (furthest?.sequence ?? 0)) continue
    furthest = { what: `the view ${generation.projection}`, sequence }
  }
  return furthest
}
