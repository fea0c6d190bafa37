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
  requestOf,
  TIMER_CONSUMER,
  timerStreamName,
  timerSubject,
} from "../../wire/internal.ts"
import { contextOf, Invalid, Unavailable } from "../../contracts/internal.ts"
import type { Due } from "../due.ts"
import { subjectsIn } from "./parking-nats.ts"
import { readDurably } from "./durable-nats.ts"
import type { FiredTimer, Timers } from "./timers.ts"

const TIMEOUT_MS = 5_000

const scheduleOf = (due: Due): Record<string, string> => {
  if ("at" in due) return { "Nats-Schedule": `@at ${new Date(due.at).toISOString()}` }
  if ("everyMs" in due) return { "Nats-Schedule": `@every ${due.everyMs}ms` }
  return { "Nats-Schedule": due.cron, "Nats-Schedule-Time-Zone": due.zone }
}

const firedOf = (message: JsMsg): FiredTimer => {
  const { subject, data, headers, seq: sequence, redelivered } = message
  const time = message.time.getTime()
  const fired = { ...parseTimerSubject(subject), payload: data, sequence, time, redelivered }
  const next = headers?.get("Nats-Schedule-Next") ?? "purge"
  return next === "purge" ? fired : { ...fired, occurrence: new Date(next).toISOString() }
}

/** Keeps timers over this wire. */
export const natsTimers = (wire: NatsWire): Timers => {
  const request = async (
    what: string,
    subject: string,
    payload: Uint8Array,
    headers = NO_HEADERS,
  ) => {
    const reply = await requestOf(wire, subject, payload, headers, TIMEOUT_MS)
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

  return {
    set: ({ policy, key, due, payload }) =>
      request(`the timer ${key} of ${policy}`, timerSubject(policy, key), payload, {
        ...scheduleOf(due),
        "Nats-Schedule-Target": dueTimerSubject(policy, key),
      }),
    cancel: (policy, key) =>
      request(
        `cancelling the timer ${key} of ${policy}`,
        jetStream.purge(timerStreamName(contextOf(policy))),
        encode("json", { filter: timerSubject(policy, key) }),
      ),
    isPending: async (policy, key) => {
      const stream = timerStreamName(contextOf(policy))
      for (const subject of [timerSubject(policy, key), dueTimerSubject(policy, key)]) {
        if ((await subjectsIn(wire, stream, subject)).length > 0) return true
      }
      return false
    },
    serve: (context, handle) =>
      readDurably(wire, {
        stream: timerStreamName(context),
        name: TIMER_CONSUMER,
        config: {
          filter_subject: dueTimersSubject(context),
          deliver_policy: DeliverPolicy.All,
        },
        handle: (message) => handle(firedOf(message)),
      }),
  }
}
