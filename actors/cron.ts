/** Cron expressions: read once, written in one form, and with the times that nats-server gives. */
import { Cron, Result } from "effect"

/** A schedule in the form that servers are given. */
export interface Schedule {
  /** Six fields of `*` or numbers: second, minute, hour, day, month and weekday from 0. */
  readonly cron: string
  /** The time zone by its name in the IANA database. */
  readonly zone: string
}

/** The numbers of each field; an empty set stands for all of them. */
interface Fields {
  readonly seconds: ReadonlySet<number>
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
}

const SIZES: readonly (readonly [keyof Fields, number])[] = [
  ["seconds", 60],
  ["minutes", 60],
  ["hours", 24],
  ["days", 31],
  ["months", 12],
  ["weekdays", 7],
]

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** All time zones differ by whole quarters of an hour, so the local hour is constant in one. */
const QUARTER_MS = 15 * MINUTE_MS

/** How far ahead servers look for a time, in milliseconds: about five years. */
const HORIZON_MS = 5 * 366 * 24 * HOUR_MS

/** Where the search for the first time of a new schedule begins: before a leap day. */
const BEGINNING = Date.UTC(2026, 0, 1)

/** How many schedules are remembered. */
const REMEMBERED = 1_000

const schedules = new Map<string, Schedule>()
const zones = new Map<string, Intl.DateTimeFormat>()

const clockOf = (zone: string): Intl.DateTimeFormat => {
  const known = zones.get(zone)
  if (known) return known
  if (!/^[A-Za-z]/.test(zone)) {
    throw new TypeError(`"${zone}" is no name of a time zone: give one such as Europe/Berlin`)
  }
  const clock = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone: zone, hourCycle: "h23", weekday: "short", month: "numeric" },
    ...{ day: "numeric", hour: "numeric", minute: "numeric" },
  })
  zones.set(zone, clock)
  return clock
}

const fieldsOf = (cron: string, zone: string): Fields => {
  const text = cron.trim()
  const parsed = Cron.parse(text.split(/\s+/).length === 5 ? `0 ${text}` : text, zone)
  if (Result.isSuccess(parsed)) return parsed.success
  throw new TypeError(`"${cron}" in ${zone} is not a schedule: ${parsed.failure.message}`)
}

const textOf = (fields: Fields): string =>
  SIZES.map(([name, size]) => {
    const numbers = [...fields[name]].toSorted((one, other) => one - other)
    return numbers.length === 0 || numbers.length === size ? "*" : numbers.join(",")
  }).join(" ")

/** The schedule of an expression. Throws `TypeError` for one that is wrong, or never fires. */
export const scheduleOf = (cron: string, zone: string): Schedule => {
  if (typeof cron !== "string") throw new TypeError(`a schedule is a text, not ${cron}`)
  const key = `${zone} ${cron}`
  const known = schedules.get(key)
  if (known) return known
  const text = textOf(fieldsOf(cron, zone))
  const { timeZone } = clockOf(zone).resolvedOptions()
  const schedule = { cron: text, zone: timeZone }
  if (nextTime(schedule, BEGINNING) === undefined) {
    throw new TypeError(`"${cron}" is a schedule that never fires`)
  }
  if (schedules.size >= REMEMBERED) schedules.clear()
  schedules.set(key, schedule)
  return schedule
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

/** What a clock in a time zone shows at an instant. */
const wallOf = (clock: Intl.DateTimeFormat, at: number) => {
  const shown = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    month: Number(shown.month),
    day: Number(shown.day),
    hour: Number(shown.hour),
    minute: Number(shown.minute),
    weekday: WEEKDAYS.indexOf(shown.weekday ?? ""),
  }
}

const has = (numbers: ReadonlySet<number>, number: number): boolean =>
  numbers.size === 0 || numbers.has(number)

type Wall = ReturnType<typeof wallOf>

/** If both the day and the weekday are restricted, either is enough. */
const isOn = ({ days, months, weekdays }: Fields, { month, day, weekday }: Wall): boolean => {
  if (!has(months, month)) return false
  if (days.size > 0 && weekdays.size > 0) return days.has(day) || weekdays.has(weekday)
  return has(days, day) && has(weekdays, weekday)
}

/** The first matching second of a quarter of an hour that is later than `after`. */
const within = (
  { minutes, seconds }: Fields,
  quarter: number,
  from: number,
  after: number,
): number | undefined => {
  for (let minute = 0; minute < 15; minute++) {
    if (!has(minutes, from + minute)) continue
    for (let second = 0; second < 60; second++) {
      const at = quarter + minute * MINUTE_MS + second * 1_000
      if (at > after && has(seconds, second)) return at
    }
  }
  return undefined
}

/**
 * The first second after a time at which a clock in the zone shows what the schedule says, in
 * milliseconds since 1970; undefined if five years show none. A time that a change of the clocks
 * leaves out does not come, and a time that it repeats comes twice, as on nats-server.
 */
export const nextTime = ({ cron, zone }: Schedule, after: number): number | undefined => {
  const fields = fieldsOf(cron, zone)
  const clock = clockOf(zone)
  let at = Math.floor(after / QUARTER_MS) * QUARTER_MS
  while (at <= after + HORIZON_MS) {
    const wall = wallOf(clock, at)
    if (!has(fields.months, wall.month) && wall.day < 27) {
      at += (27 - wall.day) * 24 * HOUR_MS
      continue
    }
    if (!isOn(fields, wall)) {
      // To the last hours of that day: a day can be shorter by an hour.
      at += wall.hour < 22 ? (22 - wall.hour) * HOUR_MS : QUARTER_MS
      continue
    }
    const found = has(fields.hours, wall.hour) ? within(fields, at, wall.minute, after) : undefined
    if (found !== undefined) return found
    at += QUARTER_MS
  }
  return undefined
}
