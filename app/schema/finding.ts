/** A finding: what a release would break, where, with the smallest value, and what to do. */
import type { Json } from "./persisted.ts"

/**
 * How bad it is: something breaks, something may break, other nodes answer `Unavailable` for a
 * while, or it is only worth knowing.
 */
export type Severity = "breaks" | "warns" | "waits" | "notes"

/** In which direction: today's code on what is stored, or the last release on what today writes. */
export type Direction = "back" | "forward"

/** One finding. */
export interface Finding {
  readonly severity: Severity
  readonly direction: Direction
  /** Such as `orders.order OrderPlaced v1`. */
  readonly subject: string
  /** What happens, and where. */
  readonly message: string
  /** How many values were tried, and how many of them fail. */
  readonly tried?: number
  readonly failed?: number
  /** The smallest value for which it happens. */
  readonly value?: Json
  /** What to do. */
  readonly advice: string
}

/** Whether any finding breaks something. */
export const breaks = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === "breaks")
