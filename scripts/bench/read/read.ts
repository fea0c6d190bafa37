/** The benchmark of the read side: catching up, lag, rebuilding, and reading your own writes. */
import type { Row } from "../table.ts"
import { afterRow } from "./after.ts"
import { catchUpRows } from "./catch-up.ts"
import { emmettRow } from "./emmett.ts"
import { rebuildRow } from "./rebuild.ts"
import { steadyRow } from "./steady.ts"

/** What to run, and how much of it. */
export interface ReadOptions {
  /** One round, and less of everything. */
  readonly quick: boolean
  /** Only cases whose name contains this. */
  readonly only?: string | undefined
  /** Called with each row as it is ready. */
  readonly report: (row: Row) => void
}

/** Runs the cases and reports each; everything it started is stopped when it ends. */
export const runRead = async ({ quick, only = "", report }: ReadOptions): Promise<void> => {
  const chosen = (name: string) => name.includes(only)
  const [events, rounds] = quick ? [50_000, 1] : [300_000, 3]
  await catchUpRows(events, rounds, chosen, report)
  const measureMs = quick ? 4_000 : 10_000
  if (chosen("lag")) {
    report(await steadyRow(1_000, measureMs, "p99 ≤ 30 ms"))
    report(await steadyRow(5_000, measureMs, "p99 ≤ 100 ms"))
  }
  if (chosen("Leftfold-After")) report(await afterRow(quick ? 200 : 1_000))
  if (chosen("rebuild")) report(await rebuildRow(quick ? 100_000 : 1_000_000))
  if (chosen("emmett")) report(await emmettRow(quick ? 5_000 : 20_000))
}
