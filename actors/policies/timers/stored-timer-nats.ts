/** Reads a waiting timer from the stream that keeps it: its schedule, and what it asks. */
import { lastFromLeader, type NatsWire, timerStreamName } from "../../../wire/internal.ts"
import { contextOf } from "../../../contracts/internal.ts"
import type { Due } from "../../due.ts"
import { REQUESTS } from "../../limits.ts"

/** A message of the stream of timers. */
export interface StoredTimer {
  readonly sequence: number
  /** As the server has it, such as `@every 60000ms`. */
  readonly schedule: string
  readonly zone: string | undefined
  readonly payload: Uint8Array
}

const AT = "@at "
const EVERY = /^@every (\d+)ms$/

const headerIn = (headers: string, name: string): string | undefined =>
  headers.split("\r\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)

/** The last message of a subject; undefined without one. Rejects with `Unavailable`. */
export const storedTimer = async (
  wire: NatsWire,
  policy: string,
  subject: string,
): Promise<StoredTimer | undefined> => {
  const stream = timerStreamName(contextOf(policy))
  const last = { stream, subject, what: `a timer of ${policy}`, timeoutMs: REQUESTS.workMs }
  const message = await lastFromLeader(wire, last)
  // It may have fired meanwhile.
  if (!message) return undefined
  const { sequence, headers, payload } = message
  return {
    ...{ sequence, payload },
    schedule: headerIn(headers, "Nats-Schedule") ?? "",
    zone: headerIn(headers, "Nats-Schedule-Time-Zone"),
  }
}

/** The headers that make a message a schedule. */
export const scheduleHeaders = (due: Due): Record<string, string> => {
  if ("at" in due) return { "Nats-Schedule": `${AT}${new Date(due.at).toISOString()}` }
  if ("everyMs" in due) return { "Nats-Schedule": `@every ${due.everyMs}ms` }
  return { "Nats-Schedule": due.cron, "Nats-Schedule-Time-Zone": due.zone }
}

/** When a stored timer fires. */
export const dueOfStored = ({ schedule, zone = "UTC" }: StoredTimer): Due => {
  if (schedule.startsWith(AT)) return { at: Date.parse(schedule.slice(AT.length)) }
  const [, everyMs] = EVERY.exec(schedule) ?? []
  return everyMs === undefined ? { cron: schedule, zone } : { everyMs: Number(everyMs) }
}
