/** Health: the state that each role reports about itself, asked for over the wire. */
import { healthSubject } from "./address.ts"
import { decode, encode, isMap } from "./codec.ts"
import { awaited } from "./serve.ts"
import { isFailure } from "../contracts/internal.ts"
import { HEALTH } from "./limits.ts"
import { sharedLook } from "./shared-look.ts"
import { shortened } from "./shortened.ts"
import {
  type Incoming,
  NO_HEADERS,
  type Reply,
  requestOf,
  type Serving,
  type Wire,
} from "./wire.ts"

/** Whether a role is ready, and further details. */
export interface Health {
  /** Whether nothing is wrong. */
  readonly ready: boolean
  /** Present if it is not ready, and yet does its work. */
  readonly degraded?: true
  readonly [detail: string]: unknown
}

/**
 * How something is. `ready`: nothing is wrong. `degraded`: it does its work, and a person should
 * look at it, because something is parked, slow, late, unreadable or nearly full. `broken`: a part
 * of it does not work.
 */
export type HealthStatus = "ready" | "degraded" | "broken"

/** The status of a report. One of a release that knew no `degraded` is ready or broken. */
export const statusOf = ({ ready, degraded }: Pick<Health, "ready" | "degraded">): HealthStatus =>
  ready ? "ready" : degraded === true ? "degraded" : "broken"

/** The same as the fields of a report. */
export const ofStatus = (status: HealthStatus): Pick<Health, "ready" | "degraded"> =>
  status === "degraded" ? { ready: false, degraded: true } : { ready: status === "ready" }

/** The status of what has these troubles and things to look at. */
export const statusBy = (isBroken: boolean, isDegraded: boolean): HealthStatus =>
  isBroken ? "broken" : isDegraded ? "degraded" : "ready"

/** The worst of some statuses; `ready` for an empty list. */
export const worstOf = (all: readonly HealthStatus[]): HealthStatus =>
  statusBy(all.includes("broken"), all.includes("degraded"))

const isHealth = (value: unknown): value is Health =>
  typeof value === "object" && value !== null && "ready" in value &&
  typeof value.ready === "boolean"

const contextsOf = (parts: readonly string[]): string[] => [
  ...new Set(parts.map((part) => part.slice(0, part.indexOf(".")))),
]

/** A process's own report. It is not ready, with the reason, when that fails or takes too long. */
const saidBy = async (health: () => Health | Promise<Health>): Promise<Health> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Health>((resolve) => {
    const reason = `this process has been looking at itself for ${HEALTH.lookMs / 1_000} s`
    timer = setTimeout(() => resolve({ ready: false, reason }), HEALTH.lookMs)
  })
  const said = Promise.resolve().then(health)
    .catch((error): Health => ({ ready: false, reason: String(error) }))
  const first = await Promise.race([said, late])
  clearTimeout(timer)
  return shortened(first)
}

/**
 * Answers for a role, in the contexts of the parts `<context>.<name>` that this process runs. If
 * `health` throws, the process is not ready, for that reason. Simultaneous questions share one call
 * of `health`. The answer is cut to the limits of `HEALTH` and counts what it leaves out. It
 * includes `refusedReplies`.
 */
export const serveHealth = (
  wire: Wire,
  role: string,
  parts: readonly string[],
  health: () => Health | Promise<Health>,
): Serving => {
  const process = crypto.randomUUID()
  const look = sharedLook(() => saidBy(health), 0)
  const answer = async (message: Incoming) => {
    const said = await look()
    const refusedReplies = wire.refusedReplies()
    message.respond(encode("json", { process, refusedReplies, ...said }))
  }
  const serving = contextsOf(parts).map((context) =>
    wire.serve(healthSubject(role, context), awaited((message) => void answer(message)), "health")
  )
  return { close: () => serving.forEach(({ close }) => close()) }
}

/** How often a context is asked within the time limit, because one of its processes may hang. */
const TRIES = 2

const ask = async (wire: Wire, subject: string, withinMs: number): Promise<Health> => {
  const question = encode("json", {})
  let reply: Reply = { type: "timeout" }
  for (let tries = 0; tries < TRIES && reply.type === "timeout"; tries++) {
    reply = await requestOf(wire, subject, question, NO_HEADERS, withinMs / TRIES)
  }
  if (reply.type !== "reply") return { ready: false, reason: reply.type }
  try {
    const answer = decode("json", reply.payload)
    if (isHealth(answer)) return answer
  } catch (error) {
    if (!isFailure(error)) throw error
  }
  return { ready: false, reason: "not-understood" }
}

const nameOf = (value: unknown): unknown => isMap(value) ? value.name : value

/** Combines two details: lists and maps are joined without repeats; of two numbers, the larger. */
const both = (one: unknown, other: unknown): unknown => {
  if (Array.isArray(one) && Array.isArray(other)) {
    const known = new Set(one.map(nameOf))
    return [...one, ...other.filter((each) => !known.has(nameOf(each)))]
  }
  if (isMap(one) && isMap(other)) return { ...one, ...other }
  if (typeof one === "number" && typeof other === "number") return Math.max(one, other)
  return one ?? other
}

/** How many entries both reports leave out of each list. */
const bothLeftOut = (one: unknown, other: unknown): unknown => {
  if (!isMap(one) || !isMap(other)) return one ?? other
  const lists = Object.keys({ ...one, ...other })
  return Object.fromEntries(lists.map((list) => {
    return [list, Number(one[list] ?? 0) + Number(other[list] ?? 0)]
  }))
}

const merged = (one: Health, other: Health): Health => {
  const all = Object.keys({ ...one, ...other }).map((key) => {
    const join = key === "leftOut" ? bothLeftOut : both
    return [key, join(one[key], other[key])]
  })
  const { degraded: _, ...details } = Object.fromEntries(all)
  return { ...details, ...ofStatus(worstOf([statusOf(one), statusOf(other)])) }
}

/**
 * Asks for the health of a role in each context of these parts, `<context>.<name>`. One process
 * answers for each context, because several may share the contexts. Parts in contexts without an
 * answer are listed in `unserved`, with the reason, and the role is then not ready.
 */
export const askHealth = async (
  wire: Wire,
  role: string,
  parts: readonly string[],
  withinMs: number,
): Promise<Health> => {
  const asked = contextsOf(parts).map(async (context) =>
    [context, await ask(wire, healthSubject(role, context), withinMs)] as const
  )
  const answers = await Promise.all(asked)
  const processes = new Map<unknown, Health>()
  const unserved: string[] = []
  for (const [context, { process, ...health }] of answers) {
    if (process !== undefined) processes.set(process, health as Health)
    else {
      const mine = parts.filter((part) => part.startsWith(`${context}.`))
      unserved.push(...mine.map((part) => `${part}: ${health.reason}`))
    }
  }
  const served = [...processes.values()]
  if (unserved.length === 0) return served.reduce(merged, { ready: true })
  if (served.length > 0) return { ...served.reduce(merged, { ready: false }), unserved }
  return { ready: false, reason: answers[0]?.[1].reason, unserved }
}

/** A fraction in whole percent, rounded down. */
export const percent = (part: number): string => `${Math.floor(part * 100)} %`
