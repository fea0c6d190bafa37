/** Health: what each role says of itself, asked over the wire. */
import { healthSubject } from "./address.ts"
import { decode, encode } from "./codec.ts"
import { isFailure } from "./errors.ts"
import { type Incoming, NO_HEADERS, requestOf, type Serving, type Wire } from "./wire.ts"

/** Whether a role does its work, and what there is to say about it. */
export interface Health {
  readonly ready: boolean
  readonly [detail: string]: unknown
}

const isHealth = (value: unknown): value is Health =>
  typeof value === "object" && value !== null && "ready" in value &&
  typeof value.ready === "boolean"

/** Lets this process answer for a role. What `health` throws is a reason not to be ready. */
export const serveHealth = (
  wire: Wire,
  role: string,
  health: () => Health | Promise<Health>,
): Serving => {
  const answer = async (message: Incoming) => {
    try {
      message.respond(encode("json", await health()))
    } catch (error) {
      message.respond(encode("json", { ready: false, reason: String(error) }))
    }
  }
  return wire.serve(healthSubject(role), (message) => void answer(message), "health")
}

/** Asks any process of a role how it is; one that does not answer is not ready. */
export const askHealth = async (wire: Wire, role: string, withinMs: number): Promise<Health> => {
  const reply = await requestOf(wire, healthSubject(role), encode("json", {}), NO_HEADERS, withinMs)
  if (reply.type !== "reply") return { ready: false, reason: reply.type }
  try {
    const answer = decode("json", reply.payload)
    if (isHealth(answer)) return answer
  } catch (error) {
    if (!isFailure(error)) throw error
  }
  return { ready: false, reason: "not-understood" }
}
