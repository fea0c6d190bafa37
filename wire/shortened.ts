/** A report that fits into one message: long lists and texts are cut, and the report says so. */
import { encode, isMap } from "./codec.ts"
import { HEALTH } from "./limits.ts"

/** A report, ready or not, with details. */
interface Report {
  readonly ready: boolean
  readonly degraded?: true
  readonly [detail: string]: unknown
}

interface Room {
  readonly listed: number
  readonly characters: number
}

/** How soon people look for an entry: broken, degraded, the others. */
const rankOf = (each: unknown): number =>
  !isMap(each) || each.ready !== false ? 2 : each.degraded === true ? 1 : 0

/** Puts entries that are not ready first, because people look for them. */
const unreadyFirst = (list: readonly unknown[]): unknown[] =>
  list.toSorted((one, other) => rankOf(one) - rankOf(other))

/** Cuts a value. `leaveOut` receives the number of entries that each list leaves out. */
const cut = (
  value: unknown,
  path: string,
  room: Room,
  leaveOut: (path: string, count: number) => void,
): unknown => {
  if (typeof value === "string" && value.length > room.characters) {
    const more = value.length - room.characters
    return `${value.slice(0, room.characters)}… (${more} more characters)`
  }
  if (Array.isArray(value)) {
    const isLong = value.length > room.listed
    if (isLong) leaveOut(path, value.length - room.listed)
    const kept = isLong ? unreadyFirst(value).slice(0, room.listed) : value
    return kept.map((each) => cut(each, path, room, leaveOut))
  }
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      cut(each, path === "" ? key : `${path}.${key}`, room, leaveOut),
    ]),
  )
}

/**
 * The report, cut to the limits of `HEALTH`. `leftOut` counts the missing entries of each list; it
 * is absent when the report is whole.
 */
export const shortened = (report: Report): Report => {
  for (let room: Room = HEALTH; room.listed >= 1; room = halfOf(room)) {
    const leftOut: Record<string, number> = {}
    const told = cut(report, "", room, (path, count) => {
      leftOut[path] = (leftOut[path] ?? 0) + count
    }) as Report
    const whole = Object.keys(leftOut).length === 0 ? told : { ...told, leftOut }
    if (encode("json", whole).length <= HEALTH.bytes) return whole
  }
  const { ready, degraded } = report
  const status = degraded === undefined ? { ready } : { ready, degraded }
  return { ...status, reason: `the report is longer than ${HEALTH.bytes} bytes` }
}

const halfOf = ({ listed, characters }: Room): Room => ({
  listed: Math.floor(listed / 2),
  characters: Math.floor(characters / 2),
})
