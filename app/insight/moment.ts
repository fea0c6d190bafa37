/** A moment of the logs: how far each context had come when an event was stored. */
import { NotFound, parsePositions, positionOf, type Positions } from "../../contracts/internal.ts"
import type { Feed } from "../../projections/internal.ts"

/** The time of a message. The clocks of several servers can differ, so an order by it is near. */
const timeAt = async (feed: Feed, context: string, sequence: number): Promise<number> => {
  const { time } = await feed.at(context, sequence)
  return typeof time === "number" ? time : Date.parse(String(time))
}

/** The last sequence of a context that was stored up to a time; found by halving. */
export const sequenceAt = async (feed: Feed, context: string, time: number): Promise<number> => {
  let [below, above] = [0, await feed.last(context) ?? 0]
  while (below < above) {
    const middle = Math.ceil((below + above) / 2)
    if (await timeAt(feed, context, middle) <= time) below = middle
    else above = middle - 1
  }
  return below
}

/** How far these contexts are now. */
export const now = async (feed: Feed, contexts: readonly string[]): Promise<Positions> => {
  const positions: Record<string, number> = {}
  for (const context of contexts) positions[context] = await feed.last(context) ?? 0
  return positions
}

/**
 * How far these contexts were at some positions, such as `orders:20`. A context that the text does
 * not name was where it was at the time of the latest message that it names. Rejects with
 * `NotFound` for a position that the log does not have yet, and `Invalid` for other text.
 */
export const momentOf = async (
  feed: Feed,
  contexts: readonly string[],
  text: string,
): Promise<Positions> => {
  const named = parsePositions(text)
  const found = await now(feed, contexts)
  const moment: Record<string, number> = {}
  let time = 0
  for (const [context, sequence] of Object.entries(named)) {
    const last = found[context] ?? await feed.last(context)
    if (last === undefined || sequence > last) {
      const end = last === undefined ? "there is no such log" : `the log ends at ${last}`
      throw new NotFound({ message: `there is no ${positionOf(context, sequence)} yet: ${end}` })
    }
    if (sequence > 0) time = Math.max(time, await timeAt(feed, context, sequence))
    moment[context] = sequence
  }
  for (const context of contexts) {
    moment[context] ??= await sequenceAt(feed, context, time)
  }
  return moment
}
