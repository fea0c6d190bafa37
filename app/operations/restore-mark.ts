/**
 * The mark of an unfinished restore. Each stream that a restore makes carries one. So the next
 * restore knows which streams it may remove, and nothing else uses a log that may be incomplete.
 */
import type { StreamSettings } from "./jetstream-request.ts"

/** The entry of a stream's metadata that holds the mark. */
const KEY = "leftfold_restore"

/** The contents of a mark. */
export interface Mark {
  /** The id of the backup that the stream was made from. */
  readonly backup: string
  /** The id of the run that made the stream. */
  readonly run: string
  /** Whether all streams of the backup were there and correct. */
  readonly whole: boolean
}

const metadataOf = ({ metadata }: StreamSettings): Record<string, unknown> =>
  typeof metadata === "object" && metadata !== null ? { ...metadata } : {}

/** The settings of a stream during its restore. */
export const marked = <A extends object>(settings: A, { backup, run, whole }: Mark) => ({
  ...settings,
  metadata: { [KEY]: `${whole ? "whole" : "making"} ${backup} ${run}` },
})

/**
 * The settings of a log that takes no writes: it has no room for more than it holds, and it refuses
 * new messages rather than drop old ones.
 */
export const closed = <A extends object>(settings: A, bytes: number) => ({
  ...settings,
  max_bytes: Math.max(1, bytes),
})

/** The settings of a stream after its restore. */
export const unmarked = <A extends object>(settings: A) => ({
  ...settings,
  max_bytes: -1,
  metadata: {},
})

/** The mark of a stream; undefined without one. */
export const markOf = (settings: StreamSettings): Mark | undefined => {
  const text = metadataOf(settings)[KEY]
  if (typeof text !== "string") return undefined
  const [phase, backup = "", run = ""] = text.split(" ")
  return { backup, run, whole: phase === "whole" }
}

/** A restore has begun this stream and has not ended. */
export class UnfinishedRestore extends Error {
  override readonly name = "UnfinishedRestore"
}

/** Throws `UnfinishedRestore` when a stream belongs to an unfinished restore. */
export const checkNoMark = (stream: string, settings: StreamSettings): void => {
  if (markOf(settings) === undefined) return
  throw new UnfinishedRestore(
    `a restore of the stream ${stream} was begun and has not ended: run leftfold restore again`,
  )
}
