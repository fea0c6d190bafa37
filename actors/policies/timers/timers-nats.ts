/**
 * Timers as JetStream message schedules (ADR-51), in a stream of their own for each context. A
 * schedule is stored under the timer's subject. When it is due, the server stores its message under
 * another subject, and deletes that message once it is acknowledged.
 */
import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream"
import {
  decodeText,
  dueTimersSubject,
  dueTimerSubject,
  encode,
  jetStream,
  type NatsWire,
  NO_HEADERS,
  parseTimerSubject,
  recurringSubject,
  requestOf,
  TIMER_CONSUMER,
  timerStreamName,
  timerSubject,
  waitingTimersSubject,
} from "../../../wire/internal.ts"
import { contextOf, Invalid, Unavailable } from "../../../contracts/internal.ts"
import { countIn, subjectsIn } from "../parking/parking-nats.ts"
import { readDurably } from "../durable-nats.ts"
import { dueOfStored, scheduleHeaders, storedTimer } from "./stored-timer-nats.ts"
import type { FiredTimer, Timer, Timers } from "./timers.ts"
import { REQUESTS } from "../../limits.ts"

const NOTHING = new Uint8Array()

const firedOf = (message: JsMsg, names: NatsWire["names"]): FiredTimer => {
  const { data, headers, seq: sequence, redelivered } = message
  const time = message.time.getTime()
  const place = parseTimerSubject(names.logical(message.subject))
  const fired = { ...place, payload: data, sequence, time, redelivered }
  const next = headers?.get("Nats-Schedule-Next") ?? "purge"
  return next === "purge" ? fired : { ...fired, occurrence: new Date(next).toISOString() }
}

/** Sends a request to JetStream. `what` is what it is for, as an error says it. */
type Ask = (
  what: string,
  subject: string,
  payload: Uint8Array,
  headers?: Record<string, string>,
) => Promise<void>

const asking = (wire: NatsWire): Ask => async (what, subject, payload, headers = NO_HEADERS) => {
  const reply = await requestOf(wire, subject, payload, headers, REQUESTS.workMs)
  if (reply.type !== "reply") {
    const reason = reply.type === "no-responders" ? "no stream takes it" : reply.type
    throw new Unavailable({ message: `${what} is not known to be done: ${reason}` })
  }
  const { error } = JSON.parse(decodeText(reply.payload))
  if (!error) return
  // The server says so of a schedule that it cannot read: no later attempt helps.
  if (/^message schedule/.test(error.description)) {
    throw new Invalid({ message: `${what} cannot be set: ${error.description}` })
  }
  throw new Unavailable({ message: `${what} was refused: ${error.description}` })
}

/** How many timers of a context wait, or have fired and are not done. */
const countOf = async (wire: NatsWire, context: string): Promise<number> => {
  const stream = timerStreamName(context)
  const filters = [waitingTimersSubject(context), dueTimersSubject(context)]
  const counts = await Promise.all(filters.map((each) => countIn(wire, stream, each)))
  return counts.reduce((sum, each) => sum + each, 0)
}

/** Keeps timers over this wire. */
export const natsTimers = (wire: NatsWire): Timers => {
  const request = asking(wire)
  const purge = (what: string, policy: string, subject: string, before?: number) => {
    const filter = wire.names.subject(subject)
    return request(
      what,
      jetStream.purge(timerStreamName(contextOf(policy))),
      encode("json", before === undefined ? { filter } : { filter, seq: before }),
    )
  }

  const waiting = async (policy: string, key: string): Promise<Timer | undefined> => {
    const stored = await storedTimer(wire, policy, timerSubject(policy, key))
    return stored && { policy, key, due: dueOfStored(stored), payload: stored.payload }
  }

  /** A timer that was noted as recurring. The note goes if the timer has gone. */
  const noted = async (note: string): Promise<Timer | undefined> => {
    const { policy, key } = parseTimerSubject(note)
    // Read before the timer, so that a note that is made meanwhile stays.
    const written = await storedTimer(wire, policy, note)
    const timer = await waiting(policy, key)
    if (written && !timer) {
      await purge(`forgetting the timer ${key} of ${policy}`, policy, note, written.sequence + 1)
    }
    return timer
  }

  return {
    set: async ({ policy, key, due, payload }) => {
      const what = `the timer ${key} of ${policy}`
      if (!("at" in due)) await request(what, recurringSubject(policy, key), NOTHING)
      await request(what, timerSubject(policy, key), payload, {
        ...scheduleHeaders(due),
        "Nats-Schedule-Target": wire.names.subject(dueTimerSubject(policy, key)),
      })
    },
    cancel: (policy, key) =>
      purge(`cancelling the timer ${key} of ${policy}`, policy, timerSubject(policy, key)),
    recurring: async (context) => {
      const all = recurringSubject(`${context}.*`, "*")
      const notes = await subjectsIn(wire, timerStreamName(context), all)
      const found: Timer[] = []
      for (let from = 0; from < notes.length; from += REQUESTS.timersAtOnce) {
        const timers = await Promise.all(notes.slice(from, from + REQUESTS.timersAtOnce).map(noted))
        found.push(...timers.filter((timer) => timer !== undefined))
      }
      return found
    },
    waiting,
    isPending: async (policy, key) => {
      const stream = timerStreamName(contextOf(policy))
      for (const subject of [timerSubject(policy, key), dueTimerSubject(policy, key)]) {
        if ((await subjectsIn(wire, stream, subject)).length > 0) return true
      }
      return false
    },
    count: (context) => countOf(wire, context),
    serve: (context, handle) =>
      readDurably(wire, {
        stream: wire.names.stream(timerStreamName(context)),
        name: TIMER_CONSUMER,
        config: {
          filter_subject: wire.names.subject(dueTimersSubject(context)),
          deliver_policy: DeliverPolicy.All,
        },
        handle: (message) => handle(firedOf(message, wire.names)),
      }),
  }
}
