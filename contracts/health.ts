/** Health: what each role says of itself, asked over the wire. */
import { healthSubject } from "./address.ts"
import { decode, encode } from "./codec.ts"
import { NO_HEADERS, requestOf, type Serving, type Wire } from "./wire.ts"

/** Whether a role does its work, and what there is to say about it. */
export interface Health {
  readonly ready: boolean
  readonly [detail: string]: unknown
}

/** Lets this process answer for a role. */
export const serveHealth = (wire: Wire, role: string, health: () => Health): Serving =>
  wire.serve(
    healthSubject(role),
    (message) => message.respond(encode("json", health())),
    "health",
  )

/** Asks any process of a role how it is; one that does not answer is not ready. */
export const askHealth = async (wire: Wire, role: string, withinMs: number): Promise<Health> => {
  const reply = await requestOf(wire, healthSubject(role), encode("json", {}), NO_HEADERS, withinMs)
  if (reply.type !== "reply") return { ready: false, reason: reply.type }
  return decode("json", reply.payload) as Health
}
