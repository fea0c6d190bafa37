/** Reconciliation: compares a view with the log, row by row, and repairs rows that differ. */
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

/** What a reconciliation needs. */
export interface ReconcileOptions {
  readonly projection: FoldedProjection
  readonly feed: Feed
  readonly store: Store
  /** Announces which rows were repaired. */
  readonly wire: Pick<Wire, "publish">
  /** The address of the store's database. The shadow opens a session of its own there. */
  readonly databaseUrl: string
  /** Called repeatedly while the log is folded. */
  readonly progress?: (progress: RefoldProgress) => void
}

/** The comparison of a view with the log. The caller must close it. */
export interface Reconciliation {
  /** The generation that was compared, as it was at that moment. */
  readonly generation: GenerationStatus
  /** How many rows the view had. */
  readonly rows: number
  readonly counts: DriftCounts
  /** The rows that have drifted, in the order of their keys. */
  readonly drift: () => AsyncIterable<Drift>
  /** Writes the rows that the log now gives over the rows that have drifted. */
  readonly repair: () => Promise<Repaired>
  /** Releases the shadow. */
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
 * Folds the log again, exactly as far as the serving view, and compares. The view is copied at one
 * moment, while writes to it go on. Memory does not grow with the view. Rejects with `NotMade` when
 * the view does not exist, and with `Unavailable` when another version of the program has folded
 * it.
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
