/** Lists the timers that wait in the stream of a context, for an operator. */
import { Buffer } from "node:buffer"
import {
  decodeText,
  encode,
  jetStream,
  type NatsWire,
  NO_HEADERS,
  parseTimerSubject,
  requestOf,
  timerStreamName,
  timerSubject,
} from "../../wire/internal.ts"
import { contextOf, isFailure } from "../../contracts/internal.ts"
import { subjectsIn } from "./parking-nats.ts"
import { decodeAsk, type PlainAsk } from "./plain-ask.ts"

/** A timer that waits. */
export interface WaitingTimer {
  readonly policy: string
  readonly key: string
  /** When it fires: an instant, an interval, or a schedule with its zone. */
  readonly when: string
  readonly recurring: boolean
  /** What it will ask; undefined if that cannot be read. */
  readonly ask: PlainAsk | undefined
}

const TIMEOUT_MS = 5_000

const headerIn = (headers: string, name: string): string | undefined =>
  headers.split("\r\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)

const askOf = (payload: Uint8Array): PlainAsk | undefined => {
  try {
    return decodeAsk(payload)
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}

const readTimer = async (
  wire: NatsWire,
  policy: string,
  key: string,
): Promise<WaitingTimer | undefined> => {
  const stream = jetStream.leaderGet(timerStreamName(contextOf(policy)))
  const query = encode("json", { last_by_subj: timerSubject(policy, key) })
  const reply = await requestOf(wire, stream, query, NO_HEADERS, TIMEOUT_MS)
  if (reply.type !== "reply") return undefined
  const { message }: { readonly message?: { readonly hdrs?: string; readonly data?: string } } =
    JSON.parse(decodeText(reply.payload))
  // It may have fired meanwhile.
  if (!message) return undefined
  const headers = decodeText(Buffer.from(message.hdrs ?? "", "base64"))
  const schedule = headerIn(headers, "Nats-Schedule") ?? ""
  const zone = headerIn(headers, "Nats-Schedule-Time-Zone")
  return {
    policy,
    key,
    when: schedule.startsWith("@at ") ? schedule.slice(4) : `${schedule}${zone ? ` ${zone}` : ""}`,
    recurring: !schedule.startsWith("@at "),
    ask: askOf(Buffer.from(message.data ?? "", "base64")),
  }
}

const waitingTimersSubject = (context: string): string => timerSubject(`${context}.*`, "*")

/**
 * The waiting timers of a context, at most `most`, and how many there are in all. Rejects with
 * `Unavailable`.
 */
export const waitingTimers = async (
  wire: NatsWire,
  context: string,
  most: number,
): Promise<{ readonly timers: readonly WaitingTimer[]; readonly count: number }> => {
  const subjects = await subjectsIn(wire, timerStreamName(context), waitingTimersSubject(context))
  const timers: WaitingTimer[] = []
  for (const subject of subjects.slice(0, most)) {
    const { policy, key } = parseTimerSubject(subject)
    const timer = await readTimer(wire, policy, key)
    if (timer) timers.push(timer)
  }
  return { timers, count: subjects.length }
}
