/** Removes parked events, and puts those that stay parked back at their places. */
import type { Generation } from "../store/generation.ts"
import { originOf, type ParkedEvent, parkedText } from "../store/parked.ts"
import { PARK_AGAIN, UNPARK } from "./parked-sql.ts"
import { storableJson } from "./storable-json.ts"
import type { Transaction } from "./transaction-postgres.ts"

type Gone = Pick<ParkedEvent, "key" | "context" | "sequence" | "index"> & {
  readonly number: number
}

/** An event as its table has it, without its place in the queue. */
export const bookedEvent = ({ parkedAt, error, ...event }: ParkedEvent) => ({
  ...event,
  error: error ?? null,
  parked_at: parkedAt.toISOString(),
})

/**
 * Removes events from the queue. Re-inserts those that stay parked at their old places, and answers
 * the new ones, to be appended.
 */
export const unpark = async (
  transaction: Transaction,
  { projection, number }: Generation,
  unparked: readonly ParkedEvent[],
  still: readonly ParkedEvent[],
): Promise<readonly ParkedEvent[]> => {
  if (unparked.length === 0) return still
  const gone = await transaction.unsafe<Gone[]>(
    UNPARK,
    [projection, number, storableJson(unparked)],
  )
  const numbers = new Map(gone.map((event) => [parkedText(event), event.number]))
  const numberOf = (event: ParkedEvent) => numbers.get(originOf(event, numbers) ?? "")
  const again = still.flatMap((event) => {
    const number = numberOf(event)
    return number === undefined ? [] : [{ ...bookedEvent(event), number }]
  })
  await transaction.unsafe(PARK_AGAIN, [projection, number, storableJson(again)])
  return still.filter((event) => numberOf(event) === undefined)
}
