/** A position: how far something is in the log of a context, such as `orders:1234`. */
import { Invalid } from "./errors.ts"
import { NAME, POSITIONS_CHARACTERS } from "./limits.ts"

/** The sequence reached in each context. */
export type Positions = { readonly [context: string]: number }

/** The position of a sequence in a context's log. */
export const positionOf = (context: string, sequence: number): string => `${context}:${sequence}`

/** Several positions in one text: `orders:1234,payments:7`. */
export const formatPositions = (positions: Positions): string =>
  Object.entries(positions).map(([context, sequence]) => positionOf(context, sequence)).join(",")

/** The positions in these contexts; 0 for a context without one. */
export const positionsIn = (positions: Positions, contexts: readonly string[]): Positions =>
  Object.fromEntries(contexts.map((context) => [context, positions[context] ?? 0]))

/**
 * Reads one or several positions; the later of two in one context counts. Throws `Invalid` for
 * other text.
 */
export const parsePositions = (text: string): Positions => {
  if (text.length > POSITIONS_CHARACTERS) {
    throw new Invalid({ message: `positions have at most ${POSITIONS_CHARACTERS} characters` })
  }
  const positions: Record<string, number> = {}
  for (const part of text.split(",")) {
    const [context = "", digits = "", ...rest] = part.trim().split(":")
    if (!NAME.test(context) || !/^\d{1,15}$/.test(digits) || rest.length > 0) {
      throw new Invalid({ message: `"${part.slice(0, 200)}" is not a position like orders:1234` })
    }
    const before = Object.hasOwn(positions, context) ? positions[context] ?? 0 : 0
    positions[context] = Math.max(before, Number(digits))
  }
  return positions
}

/** Whether `at` has come as far as `asked`. A context that `at` does not know is not compared. */
export const hasReached = (at: Positions, asked: Positions): boolean =>
  Object.entries(asked).every(([context, sequence]) => {
    const reached = Object.hasOwn(at, context) ? at[context] : undefined
    return reached === undefined || reached >= sequence
  })
