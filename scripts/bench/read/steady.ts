/** A steady load: how long after its acknowledgement a deposit is in the view. */
import { withScope } from "../peers/scope.ts"
import { median, type Row } from "../table.ts"
import { deposit } from "./deposits.ts"
import { makeReadStand, type ReadStand } from "./read-stand.ts"
import { ViewWatch } from "./view-watch.ts"

const ACCOUNTS = 1_000
const WARM_UP_MS = 2_000
const TICK_MS = 5
const WITHIN_MS = 20_000

/** Deposits at this rate for this long; returns the lags in milliseconds without the warm-up. */
const lagsAt = async (
  { wire }: ReadStand,
  perSecond: number,
  measureMs: number,
): Promise<number[]> => {
  const watch = new ViewWatch(wire)
  const lags: number[] = []
  const acknowledgements: Promise<void>[] = []
  const started = performance.now()
  const begin = started + WARM_UP_MS
  const end = begin + measureMs
  const acknowledged = (sequence: number) => {
    const at = performance.now()
    if (at < begin) return
    watch.whenReached(sequence, () => lags.push(performance.now() - at))
  }
  for (let made = 0; performance.now() < end;) {
    for (const due = (performance.now() - started) * perSecond / 1_000; made < due; made++) {
      const base = Math.floor(made / ACCOUNTS)
      const stored = deposit(wire, `steady-${made % ACCOUNTS}`, made, base)
      acknowledgements.push(stored.then(acknowledged))
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(acknowledgements)
  const latest = performance.now() + WITHIN_MS
  while (watch.waiting > 0) {
    if (performance.now() > latest) throw new Error(`${watch.waiting} deposits are not in the view`)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  return lags.sort((one, other) => one - other)
}

/** The lag at a rate of events a second. */
export const steadyRow = (perSecond: number, measureMs: number, goal: string): Promise<Row> =>
  withScope(async (scope) => {
    const lags = await lagsAt(await makeReadStand(scope), perSecond, measureMs)
    return {
      name: `lag at ${perSecond.toLocaleString("en")} events/s`,
      p50Ms: median(lags),
      p99Ms: lags[Math.floor(lags.length * 0.99)] ?? 0,
      goal,
      note: `${lags.length} events, from the acknowledgement to all lanes being there`,
    }
  })
