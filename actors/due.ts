/** Due: when a timer fires, once or repeatedly, and how a policy says so. */
import { Cron, Duration, Result } from "effect"

/** Repeatedly: by an interval of at least a second, or by a calendar. */
export type Recurring =
  | { readonly every: Duration.Input }
  | {
    /** Minute, hour, day, month and weekday, with seconds before them if there are six. */
    readonly cron: string
    /** The time zone of the schedule, such as `Europe/Berlin`; UTC by default. */
    readonly zone?: string
  }

/** Once: a duration after the event, such as `"30 minutes"`, or at an instant. */
export type Once = Duration.Input | Date

/** When a timer fires. Instants are in milliseconds since 1970. */
export type Due =
  | { readonly at: number }
  | { readonly everyMs: number }
  | { readonly cron: string; readonly zone: string }

const SHORTEST_MS = 1_000

const millisOf = (input: Duration.Input): number => {
  const millis = Duration.toMillis(Duration.fromInputUnsafe(input))
  if (Number.isFinite(millis)) return Math.round(millis)
  throw new TypeError("a timer needs a finite duration")
}

const cronOf = (cron: string, zone: string): Cron.Cron => {
  const parsed = Cron.parse(cron, zone)
  if (Result.isSuccess(parsed)) return parsed.success
  throw new TypeError(`"${cron}" in ${zone} is not a schedule: ${parsed.failure.message}`)
}

/** The same schedule with a field for seconds, which servers require. */
const withSeconds = (cron: string): string =>
  cron.trim().split(/\s+/).length === 5 ? `0 ${cron.trim()}` : cron.trim()

const isRecurring = (when: Once | Recurring): when is Recurring =>
  typeof when === "object" && ("every" in when || "cron" in when)

/** When a timer fires that an event of this time sets. Throws `TypeError` for an invalid time. */
export const dueOf = (when: Once | Recurring, event: Date): Due => {
  if (!isRecurring(when)) {
    const at = when instanceof Date ? when.getTime() : event.getTime() + millisOf(when)
    if (Number.isNaN(at)) throw new TypeError("a timer needs a valid date")
    return { at }
  }
  if ("every" in when) {
    const everyMs = millisOf(when.every)
    if (everyMs >= SHORTEST_MS) return { everyMs }
    throw new TypeError("a recurring timer fires at most once a second")
  }
  const { cron, zone = "UTC" } = when
  const due = { cron: withSeconds(cron), zone }
  cronOf(due.cron, due.zone)
  return due
}

/** When a timer that repeats first fires after `time`; one that fires once has its own time. */
export const firesAfter = (due: Due, time: number): number => {
  if ("at" in due) return due.at
  if ("everyMs" in due) return time + due.everyMs
  return Cron.next(cronOf(due.cron, due.zone), new Date(time)).getTime()
}
