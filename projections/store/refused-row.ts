/** A row that the database refuses, and how such rows are found in a refused batch. */
import { shownKey } from "../key-text.ts"
import { ERROR_CHARACTERS } from "../limits.ts"
import { messageOf } from "../../contracts/internal.ts"

/** Why the row of a key cannot be written. */
export class RefusedRow extends Error {
  override readonly name = "RefusedRow"

  constructor(key: string, cause: unknown) {
    const reason = messageOf(cause)
    super(`the row "${shownKey(key)}" is refused: ${reason}`, { cause })
  }
}

/** Some rows cannot be written; nothing of their save was written. */
export class RefusedRows extends Error {
  override readonly name = "RefusedRows"

  constructor(cause: unknown) {
    const reason = messageOf(cause)
    super(`rows are refused: ${reason.slice(0, ERROR_CHARACTERS)}`, { cause })
  }
}

/** More is to be written than one statement takes. */
export class StatementTooLarge extends Error {
  override readonly name = "StatementTooLarge"
}

/** How many parts a refused group is divided into. */
const PARTS = 4

/** What is refused, and why. */
export interface RefusedItem<T> {
  readonly item: T
  readonly error: unknown
}

/**
 * Finds which of these are refused, in few attempts if few are. `attempt` tries some on top of
 * those that it accepted before. It resolves to why they are refused, and then keeps nothing of
 * them.
 */
export const refusedAmong = async <T>(
  items: readonly T[],
  attempt: (items: readonly T[]) => Promise<unknown>,
): Promise<RefusedItem<T>[]> => {
  const error = items.length > 0 ? await attempt(items) : undefined
  if (error === undefined) return []
  if (items.length === 1) return [{ item: items[0]!, error }]
  const size = Math.ceil(items.length / PARTS)
  const refused: RefusedItem<T>[] = []
  for (let from = 0; from < items.length; from += size) {
    refused.push(...await refusedAmong(items.slice(from, from + size), attempt))
  }
  return refused
}
