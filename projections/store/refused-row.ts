/** A row that the database refuses, and how the one is found that a whole batch was refused for. */

/** The row of this key cannot be written: nothing of what was to be saved with it is. */
export class RefusedRow extends Error {
  override readonly name = "RefusedRow"
  readonly key: string

  constructor(key: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`the row "${key}" is refused: ${reason}`, { cause })
    this.key = key
  }
}

/** What was refused, and how many of the first rows it took. */
export interface Refusal {
  readonly count: number
  readonly error: unknown
}

/**
 * The least number of first rows that are refused together: without the last one of them they are
 * not. `attempt` tries that many, leaves nothing behind, and resolves to why they are refused.
 * Undefined when even all of them are not refused.
 */
export const leastRefused = async (
  all: number,
  attempt: (count: number) => Promise<unknown>,
): Promise<Refusal | undefined> => {
  let refusal: Refusal | undefined
  let [accepted, count] = [0, all]
  while (count > accepted) {
    const error = await attempt(count)
    if (error === undefined) accepted = count
    else refusal = { count, error }
    if (refusal === undefined) return undefined
    count = Math.floor((accepted + refusal.count) / 2)
  }
  return refusal
}
