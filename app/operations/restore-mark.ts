/**
 * The mark of a restore that has not ended: each stream that it has made carries one, so that the
 * next restore knows what it may take away, and nobody else works with a log that may be cut short.
 */
import type { StreamSettings } from "./jetstream-request.ts"

/** Which entry of a stream's metadata it is. */
const KEY = "leftfold_restore"

/** What a mark says. */
export interface Mark {
  /** The backup that it was made from. */
  readonly backup: string
  /** The run that made it. */
  readonly run: string
  /** Whether all streams of that backup were there and as they should be. */
  readonly whole: boolean
}

const metadataOf = ({ metadata }: StreamSettings): Record<string, unknown> =>
  typeof metadata === "object" && metadata !== null ? { ...metadata } : {}

/** The settings of a stream that is being restored. */
export const marked = <A extends object>(settings: A, { backup, run, whole }: Mark) => ({
  ...settings,
  metadata: { [KEY]: `${whole ? "whole" : "making"} ${backup} ${run}` },
})

/**
 * The settings of a log to which nothing can be appended, as it has no room for more than it holds:
 * it refuses new messages rather than drop old ones.
 */
export const closed = <A extends object>(settings: A, bytes: number) => ({
  ...settings,
  max_bytes: Math.max(1, bytes),
})

/** The settings of a stream that was restored. */
export const unmarked = <A extends object>(settings: A) => ({
  ...settings,
  max_bytes: -1,
  metadata: {},
})

/** The mark of a stream; undefined when it has none. */
export const markOf = (settings: StreamSettings): Mark | undefined => {
  const text = metadataOf(settings)[KEY]
  if (typeof text !== "string") return undefined
  const [phase, backup = "", run = ""] = text.split(" ")
  return { backup, run, whole: phase === "whole" }
}

/** A stream that a restore has begun and not ended. */
export class UnfinishedRestore extends Error {
  override readonly name = "UnfinishedRestore"
}

/** Throws `UnfinishedRestore` when a stream is that of a restore that has not ended. */
export const checkNoMark = (stream: string, settings: StreamSettings): void => {
  if (markOf(settings) === undefined) return
  throw new UnfinishedRestore(
    `a restore of the stream ${stream} was begun and has not ended: run leftfold restore again`,
  )
}
