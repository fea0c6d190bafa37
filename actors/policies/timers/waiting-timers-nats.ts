/** Lists the timers that wait in the stream of a context, for an operator. */
import {
  type NatsWire,
  parseTimerSubject,
  timerStreamName,
  timerSubject,
  waitingTimersSubject,
} from "../../../wire/internal.ts"
import { subjectsIn } from "../parking/parking-nats.ts"
import { type PlainAsk, readableAsk } from "../plain-ask.ts"
import { dueOfStored, scheduleHeaders, type StoredTimer, storedTimer } from "./stored-timer-nats.ts"

/** A timer that waits. */
export interface WaitingTimer {
  readonly policy: string
  readonly key: string
  /** When it fires: an instant, an interval, or a schedule with its zone. */
  readonly when: string
  readonly recurring: boolean
  /** Whether it fires no longer, because no running policy wants it. */
  readonly suspended: boolean
  /** What it will ask; undefined if that cannot be read. */
  readonly ask: PlainAsk | undefined
}

const whenOf = ({ schedule, zone }: Pick<StoredTimer, "schedule" | "zone">): string =>
  schedule.startsWith("@at ") ? schedule.slice(4) : `${schedule}${zone ? ` ${zone}` : ""}`

const readTimer = async (
  wire: NatsWire,
  policy: string,
  key: string,
): Promise<WaitingTimer | undefined> => {
  const stored = await storedTimer(wire, policy, timerSubject(policy, key))
  if (!stored) return undefined
  const ask = readableAsk(stored.payload)
  const suspended = ask?.suspended
  const due = suspended ?? dueOfStored(stored)
  const headers = scheduleHeaders(due)
  const { "Nats-Schedule": schedule = "", "Nats-Schedule-Time-Zone": zone } = headers
  return {
    ...{ policy, key, ask, when: whenOf({ schedule, zone }), recurring: !("at" in due) },
    suspended: suspended !== undefined,
  }
}

/**
 * The waiting timers of a context, or of one policy, at most `most`, and how many there are in all.
 * Rejects with `Unavailable`.
 */
export const waitingTimers = async (
  wire: NatsWire,
  context: string,
  most: number,
  ofPolicy?: string,
): Promise<{ readonly timers: readonly WaitingTimer[]; readonly count: number }> => {
  const waiting = await subjectsIn(wire, timerStreamName(context), waitingTimersSubject(context))
  const subjects = ofPolicy === undefined
    ? waiting
    : waiting.filter((subject) => parseTimerSubject(subject).policy === ofPolicy)
  const timers: WaitingTimer[] = []
  for (const subject of subjects.slice(0, most)) {
    const { policy, key } = parseTimerSubject(subject)
    const timer = await readTimer(wire, policy, key)
    if (timer) timers.push(timer)
  }
  return { timers, count: subjects.length }
}
