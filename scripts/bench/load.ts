/** Keeps operations in flight, and reports their rate and how long each took. */

/** The result of a load. */
export interface LoadResult {
  /** Operations per second. */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly operations: number
}

/** One operation: calls back when it is done. `number` counts up from 0. */
export type Operation = (number: number, done: () => void) => void

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Runs operations for this long, after a warm-up that is not counted. */
export const runLoad = (
  operation: Operation,
  inFlight: number,
  { warmUpMs, measureMs }: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<LoadResult> =>
  new Promise((resolve) => {
    const took: number[] = []
    const begin = performance.now() + warmUpMs
    const end = begin + measureMs
    let number = 0
    let running = 0
    const finish = () => {
      const sorted = Float64Array.from(took).sort()
      resolve({
        rate: Math.round((took.length / measureMs) * 1000),
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        operations: number,
      })
    }
    const next = () => {
      const started = performance.now()
      if (started >= end) return
      running++
      operation(number++, () => {
        running--
        const now = performance.now()
        if (now >= begin && now < end) took.push(now - started)
        if (now < end) next()
        else if (running === 0) finish()
      })
    }
    for (let each = 0; each < inFlight; each++) next()
  })
