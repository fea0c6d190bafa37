/** Checks that the streams of the log are those that a view was folded from. */
import type { Feed } from "./feed.ts"
import type { Lane } from "../store/lane.ts"
import { type AnyProjection, contextsOf } from "../projection.ts"

/**
 * For each context that a projection reads, when its stream was created. Throws if lanes were
 * folded from streams that no longer exist or have lost messages.
 */
export const checkStreams = async (
  feed: Feed,
  projection: AnyProjection,
  lanes: readonly Lane[],
): Promise<Lane["created"]> => {
  const created: Record<string, string> = {}
  for (const context of contextsOf(projection)) {
    const stream = await feed.stream(context)
    for (const lane of lanes) checkLane(projection.name, context, stream, lane)
    created[context] = stream.created
  }
  return created
}

const checkLane = (
  name: string,
  context: string,
  stream: { readonly created: string; readonly last: number },
  { positions, created }: Lane,
): void => {
  const before = created[context]
  if (before !== undefined && before !== stream.created) {
    throw new Error(
      `the stream of ${context} was created again at ${stream.created}, but the view is of the ` +
        `one created at ${before}: restore that stream, or fold this one into a new generation: ` +
        `leftfold rebuild ${name}`,
    )
  }
  const position = positions[context] ?? 0
  if (position > stream.last) {
    throw new Error(
      `the stream of ${context} ends at ${stream.last}, but the view has folded it up to ` +
        `${position}: the stream has lost messages; restore it, or fold what is left into a new ` +
        `generation: leftfold rebuild ${name}`,
    )
  }
}
