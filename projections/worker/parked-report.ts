/** Reports events that are parked: each once, when it is stored, with the stack of the handler. */
import { positionOf } from "../../contracts/internal.ts"
import { limited, reportError } from "../../wire/internal.ts"
import { PARKED_LOGGED } from "../limits.ts"
import type { ParkedEvent } from "../store/parked.ts"

/** What each event was parked for, where something was thrown. */
const causes = new WeakMap<ParkedEvent, unknown>()

/** Notes what a handler threw. */
export const noteCause = (parked: ParkedEvent, cause: unknown): void =>
  void causes.set(parked, cause)

const stackOf = (cause: unknown): string =>
  cause instanceof Error && cause.stack !== undefined ? `\n${cause.stack}` : ""

/** Limited, because a wrong handler can park every key of a view. */
const report = limited((line) => reportError(line), PARKED_LOGGED)

/** Reports those that were parked for a reason of their own, not behind others of their key. */
export const reportParked = (projection: string, parked: readonly ParkedEvent[]): void => {
  for (const event of parked) {
    const { key, type, actor, context, sequence, error } = event
    if (error === undefined) continue
    report(
      `${projection} has parked ${type || "an event"} of ${actor} at ` +
        `${positionOf(context, sequence)}, with the key ${key}: ${error}` +
        stackOf(causes.get(event)),
    )
  }
}
