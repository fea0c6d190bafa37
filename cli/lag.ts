/** The lag of a view: how many commits it has not folded, and how old the oldest of them is. */
import type { Positions } from "../contracts/internal.ts"
import type { AnyProjection, Feed } from "../projections/internal.ts"

/** How far a view is behind the log. */
export interface Lag {
  /** Messages of the log; each is a commit with one or several events. */
  readonly commits: number
  /** The age of the oldest of them, in seconds. */
  readonly seconds: number
}

const NONE: Lag = { commits: 0, seconds: 0 }

/** The lag at these positions. Rejects with `Unavailable` when the log cannot be read. */
export const lagOf = async (
  feed: Feed,
  { from }: AnyProjection,
  positions: Positions,
  now = Date.now(),
): Promise<Lag> => {
  let lag = NONE
  for (const context of new Set(from.map((contract) => contract.context))) {
    const at = positions[context] ?? 0
    const commits = (await feed.stream(context)).last - at
    if (commits <= 0) continue
    const { time } = await feed.at(context, at + 1)
    lag = {
      commits: lag.commits + commits,
      seconds: Math.max(lag.seconds, (now - time) / 1_000),
    }
  }
  return lag
}
