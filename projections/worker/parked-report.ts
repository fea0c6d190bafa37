/** Reports events that are parked: each once, when it is stored, with the stack of the handler. */
import { positionOf } from "../../contracts/internal.ts"
import { limited, lineFields, type RecordedEvent, reportError } from "../../wire/internal.ts"
import { PARKED_LOGGED } from "../limits.ts"
import type { ParkedEvent } from "../store/parked.ts"

interface Origin {
  /** What the handler threw; undefined if nothing was thrown. */
  readonly cause: unknown
  /** Undefined if the event cannot be read. */
  readonly meta: RecordedEvent["meta"] | undefined
}

/** Where parked events come from. */
const origins = new WeakMap<ParkedEvent, Origin>()

/** Notes what a handler threw, and the event. */
export const noteOrigin = (
  parked: ParkedEvent,
  cause: unknown,
  recorded: Pick<RecordedEvent, "meta"> | undefined,
): void => void origins.set(parked, { cause, meta: recorded?.meta })

const stackOf = (cause: unknown): string =>
  cause instanceof Error && cause.stack !== undefined ? `\n${cause.stack}` : ""

/** Limited, because a wrong handler can park every key of a view. */
const report = limited((line, fields) => reportError(line, undefined, fields), PARKED_LOGGED)

/** Reports those that were parked for a reason of their own, not behind others of their key. */
export const reportParked = (projection: string, parked: readonly ParkedEvent[]): void => {
  for (const event of parked) {
    const { key, type, actor, context, sequence, error } = event
    if (error === undefined) continue
    const { cause, meta } = origins.get(event) ?? {}
    const what = type || "an event"
    report(
      `${projection} has parked ${what} of ${actor} at ${positionOf(context, sequence)}, ` +
        `with the key ${key}: ${error}${stackOf(cause)}`,
      meta && lineFields(meta.commandId, meta.correlation),
    )
  }
}
