/** How long things took: median, slow ones and slowest. */

/** Times in milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly most: number
}

/** The percentiles of these times, each a time that was measured; zeros if there are no times. */
export const percentilesOf = (times: readonly number[]): Percentiles => {
  const sorted = Float64Array.from(times).sort()
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) }
}
