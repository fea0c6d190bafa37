/** Reconciliation: is a view what the log gives? Compares row by row, and repairs what is not. */
import { Unavailable } from "../../contracts/internal.ts"
import type { Wire } from "../../wire/internal.ts"
import type { Drift, DriftCounts } from "../store/drift.ts"
import type { Feed } from "../log/feed.ts"
import { type GenerationStatus, nameOf } from "../store/generation.ts"
import { DRIFT_PAGE } from "../limits.ts"
import type { FoldedProjection } from "../projection.ts"
import { Refold, type RefoldProgress } from "./refold.ts"
import { repairDrift, type Repaired } from "./repair.ts"
import { beginShadow, type Shadow } from "../postgres/shadow-postgres.ts"
import type { Store } from "../store/store.ts"

/** What a reconciliation works with. */
export interface ReconcileOptions {
  readonly projection: FoldedProjection
  readonly feed: Feed
  readonly store: Store
  /** Where it is announced which rows were repaired. */
  readonly wire: Pick<Wire, "publish">
  /** Where the store is: the shadow has a session of its own there. */
  readonly databaseUrl: string
  /** Called repeatedly while the log is folded. */
  readonly progress?: (progress: RefoldProgress) => void
}

/** A view and the log, compared. To be closed. */
export interface Reconciliation {
  /** The generation that was compared, as it stood at that moment. */
  readonly generation: GenerationStatus
  /** How many rows the view had. */
  readonly rows: number
  readonly counts: DriftCounts
  /** The rows that have drifted, in the order of their keys. */
  readonly drift: () => AsyncIterable<Drift>
  /** Writes what the log gives by now to the rows that have drifted. */
  readonly repair: () => Promise<Repaired>
  /** Lets go of all that was kept for it. */
  readonly close: () => Promise<void>
}

async function* pagesOf(shadow: Shadow): AsyncGenerator<Drift> {
  let page = await shadow.drifted(DRIFT_PAGE)
  while (page.rows.length > 0) {
    yield* page.rows
    page = await shadow.drifted(DRIFT_PAGE, page.last)
  }
}

const checkVersion = (projection: FoldedProjection, generation: GenerationStatus): void => {
  if (generation.version === projection.version) return
  throw new Unavailable({
    message: `${nameOf(generation)} serves and was folded by version ${generation.version}, but ` +
      `this program has version ${projection.version}: wait until that one serves, or reconcile ` +
      "with the program that has folded it",
  })
}

/**
 * Folds the log again, exactly as far as the serving view is, and compares. The view is copied in
 * one moment and goes on being written; memory does not grow with it. Rejects with `NotMade` when
 * there is no view, and with `Unavailable` when another version of the program has folded it.
 */
export const reconcile = async (options: ReconcileOptions): Promise<Reconciliation> => {
  const { projection, feed, store, wire, databaseUrl, progress } = options
  const shadow = await beginShadow(databaseUrl, projection.name)
  try {
    const { generation, rows } = shadow.seen
    checkVersion(projection, generation)
    const refold = new Refold({ projection, feed, shadow, progress })
    await refold.to(generation.lanes)
    const counts = await shadow.compare()
    return {
      generation,
      rows,
      counts,
      drift: () => pagesOf(shadow),
      repair: () => repairDrift({ store, wire, shadow, refold }),
      close: () => shadow.close(),
    }
  } catch (error) {
    await shadow.close()
    throw error
  }
}
