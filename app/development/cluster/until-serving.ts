/** Waits until the processes of an application serve. */
import { randomBytes } from "node:crypto"
import { PARTS } from "./parts.ts"
import { pause } from "../../../wire/internal.ts"

const READY_MS = 60_000
const PAUSE_MS = 100

interface Readiness {
  readonly actors: { readonly nodes: number }
}

/** A token with which the process that starts a gateway can ask for the health of all roles. */
export const newHealthToken = (): string => randomBytes(16).toString("hex")

/** Resolves once the gateway knows all nodes and reports that no role is broken. */
export const untilServing = async (
  gatewayUrl: string,
  healthToken: string,
  signal: AbortSignal,
): Promise<void> => {
  const nodes = PARTS.filter(({ role }) => role === "actors").length
  const headers = { Authorization: `Bearer ${healthToken}` }
  const end = Date.now() + READY_MS
  for (;;) {
    signal.throwIfAborted()
    const answer = await fetch(`${gatewayUrl}/readyz`, { headers }).catch(() => undefined)
    const body = await answer?.json() as Readiness | undefined
    // What is parked or late from before is no reason not to serve.
    if (answer?.ok && body && body.actors.nodes >= nodes) return
    if (Date.now() > end) throw new Error(`after ${READY_MS / 1_000} s: ${JSON.stringify(body)}`)
    await pause(PAUSE_MS)
  }
}
