/** Limits of what one question of an operator reads. */

/** How much of the log is read for one question. */
export const SCAN = {
  /** Messages that are read without being asked twice. */
  unasked: 20_000,
  /** Messages that are taken at once. */
  batch: 1_000,
  /** About how many messages are read in a second, to say what a scan costs. */
  perSecond: 60_000,
} as const

/** What is read for one row. */
export const ROW = {
  /** Commits of several actors of one id that are put in the order of time. */
  merged: 200_000,
} as const

/** How far causes are followed back. */
export const CHAIN = { links: 64 } as const

/** A flow, as it is shown. */
export const FLOW = {
  /** Commands in one flow; the rest is counted. */
  commands: 2_000,
  /** Timers of a context that are looked at for what is still to come. */
  timers: 1_000,
} as const
