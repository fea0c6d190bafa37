/** Due: when a timer fires, once or repeatedly, and how a policy says so. */
import { DateTime, type Duration } from "effect"
import { checkOptions, durationMs } from "../contracts/internal.ts"
import { nextTime, type Schedule, scheduleOf } from "./cron.ts"

/** Repeatedly: by an interval of at least a second, or by a calendar. */
export type Recurring =
  | { readonly every: Duration.Input }
  | {
    /**
     * Minute, hour, day, month and weekday, with seconds before them if there are six. When clocks
     * change, a time that they skip does not fire, and a time that they repeat fires twice.
     */
    readonly cron: string
    /** The time zone of the schedule, such as `Europe/Berlin`; UTC by default. */
    readonly zone?: string
  }

/**
 * Once: a duration after the event, such as `"30 minutes"`, or at an instant, as events hold it.
 */
export type Once = Duration.Input | Date | DateTime.DateTime

/** When a timer fires. Instants are in milliseconds since 1970. */
export type Due =
  | { readonly at: number }
  | { readonly everyMs: number }
  | Schedule

const SHORTEST_MS = 1_000

/** Servers count nanoseconds in 64 bits, up to 2262. A later time would fire at once. */
const LATEST = Date.UTC(2262, 0, 1)

/** The longest interval, in milliseconds: 100 years of 365 days. */
const LONGEST_MS = 100 * 365 * 24 * 3_600_000

const finite = (input: Duration.Input): number => {
  const millis = durationMs("the time of a timer", input, ["every", "cron", "zone"])
  if (Number.isFinite(millis)) return Math.round(millis)
  throw new TypeError("a timer needs a finite duration")
}

/** Whether a timer fires repeatedly. */
export const isRecurring = (when: Once | Recurring): when is Recurring =>
  typeof when === "object" && when !== null &&
  (Object.hasOwn(when, "every") || Object.hasOwn(when, "cron"))

/** When a timer fires that an event of this time sets. Throws `TypeError` for an invalid time. */
export const dueOf = (when: Once | Recurring, event: Date): Due => {
  if (!isRecurring(when)) {
    const at = when instanceof Date
      ? when.getTime()
      : DateTime.isDateTime(when)
      ? DateTime.toEpochMillis(when)
      : event.getTime() + finite(when)
    if (Number.isNaN(at)) throw new TypeError("a timer needs a valid date")
    if (at >= LATEST) throw new TypeError("a timer fires before the year 2262")
    // What is past fires now, however long ago it was.
    return { at: Math.max(at, 0) }
  }
  checkOptions("the recurring timer", when, "every" in when ? ["every"] : ["cron", "zone"])
  if ("every" in when) {
    const everyMs = finite(when.every)
    if (everyMs > LONGEST_MS) {
      throw new TypeError("a recurring timer fires at least once in 100 years")
    }
    if (everyMs >= SHORTEST_MS) return { everyMs }
    throw new TypeError("a recurring timer fires at most once a second")
  }
  const { cron, zone = "UTC" } = when
  return scheduleOf(cron, zone)
}

/** When a timer that repeats first fires after `time`; one that fires once has its own time. */
export const firesAfter = (due: Due, time: number): number => {
  if ("at" in due) return due.at
  if ("everyMs" in due) return time + due.everyMs
  const next = nextTime(due, time)
  if (next !== undefined) return next
  throw new TypeError(`"${due.cron}" in ${due.zone} does not fire within five years`)
}
