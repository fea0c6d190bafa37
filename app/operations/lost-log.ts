/** Finds logs that were lost: they are missing or shorter than something else knows. */
import {
  decodeOwn,
  isMap,
  lastFromLeader,
  logsSubject,
  type NatsWire,
  snapshotsSubject,
  snapshotStreamName,
  streamName,
} from "../../wire/internal.ts"
import { isFailure, positionOf } from "../../contracts/internal.ts"
import { StartProblem } from "../start-problem.ts"

/** How far something has read or kept the log of a context. */
export interface Evidence {
  /** What knows it, such as `the view orders.order-list`. */
  readonly what: string
  /** The last sequence that it knows; 0 if it only shows that there was a log. */
  readonly sequence: number
}

const WAY_OUT = "Restore a backup. Or, to go on without what is missing, run leftfold provision " +
  "--begin-again"

/** The problem of a context whose log is gone, or ends before what is known of it. */
export const lostLog = (
  context: string,
  { what, sequence }: Evidence,
  last: number | undefined,
): StartProblem => {
  const known = sequence > 0 ? `${what} knows it up to ${positionOf(context, sequence)}` : what
  const is = last === undefined ? "is missing" : `ends at ${positionOf(context, last)}`
  return new StartProblem(
    `the log of ${context} ${is}, but ${known}: it was lost, or this is another NATS. ` +
      `${WAY_OUT} ${context}`,
  )
}

const TIMEOUT_MS = 2_000

/** The last message that a stream has of some subjects; undefined if that cannot be told. */
const lastOf = async (wire: NatsWire, stream: string, subjects: string) => {
  const what = `the stream ${stream}`
  try {
    const last = { stream, subject: subjects, what, timeoutMs: TIMEOUT_MS }
    return { message: await lastFromLeader(wire, last) }
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}

/** The sequence in the log that a snapshot was taken at; 0 for bytes that are no snapshot. */
const sequenceIn = (snapshot: Uint8Array): number => {
  try {
    const plain = decodeOwn("msgpack", snapshot)
    return isMap(plain) && Number.isSafeInteger(plain.sequence) ? Number(plain.sequence) : 0
  } catch (error) {
    if (isFailure(error)) return 0
    throw error
  }
}

/**
 * Checks that the logs of these contexts reach as far as their last snapshots. Rejects with a
 * `StartProblem`. What cannot be told now is not judged: the server may have no leader yet.
 */
export const checkSnapshots = async (
  wire: NatsWire,
  contexts: readonly string[],
): Promise<void> => {
  await Promise.all(contexts.map(async (context) => {
    const stream = snapshotStreamName(context)
    const snapshot = await lastOf(wire, stream, snapshotsSubject(context))
    const sequence = snapshot?.message ? sequenceIn(snapshot.message.payload) : 0
    if (sequence === 0) return
    const log = await lastOf(wire, streamName(context), logsSubject(context))
    const last = log && (log.message?.sequence ?? 0)
    if (last !== undefined && last < sequence) {
      throw lostLog(context, { what: "a snapshot", sequence }, last)
    }
  }))
}
