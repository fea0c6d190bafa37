/** Waits until an application is at rest: policies have handled every event, and views show it. */
import { setTimeout } from "node:timers/promises"
import { formatPositions } from "../contracts/internal.ts"
import type { RunningPolicies } from "../actors/internal.ts"
import type { Feed } from "../projections/internal.ts"
import type { AppDefinition } from "./app.ts"
import { contextsRead } from "./follows/follows.ts"
import { SETTLING } from "./limits.ts"
import { ROLES } from "./roles.ts"
import type { RunningApp } from "./running.ts"
import type { StartOptions } from "./start-options.ts"

/** What a process runs that moves by itself; without a part, nothing of its kind is waited for. */
export interface Moving {
  readonly policies: Pick<RunningPolicies, "lag" | "stuck"> | undefined
  /** The logs that views are folded from. */
  readonly feed: Pick<Feed, "last"> | undefined
}

/** How a wait for rest pauses, and how long nothing may change before it gives up. */
export interface Patience {
  readonly pause: () => Promise<unknown>
  readonly standstillMs: number
}

/** What still waits: events and timers by the policy that has to handle them. */
type Lag = Readonly<Record<string, number>>

const busyIn = (lag: Lag): string[] =>
  Object.entries(lag).filter(([, count]) => count > 0).map(([name, count]) => `${name}: ${count}`)

const restless = (lag: Lag, stuck: readonly string[]): Error =>
  new Error(
    `policies do not come to rest; they have yet to handle ${busyIn(lag).join(", ")}; stuck: ` +
      (stuck.slice(0, SETTLING.named).join("; ") || "nothing"),
  )

/**
 * Resolves when the policies have nothing to handle but timers that are not due. Rejects when they
 * make no progress, and when they make progress for ever.
 */
export const policiesAtRest = async (
  { lag: look, stuck }: Pick<RunningPolicies, "lag" | "stuck">,
  { pause, standstillMs }: Patience,
): Promise<void> => {
  const end = performance.now() + SETTLING.mostMs
  let [before, since] = ["", performance.now()]
  for (;;) {
    await pause()
    const lag = await look()
    const busy = busyIn(lag)
    if (busy.length === 0) return
    const [now, state] = [performance.now(), busy.join()]
    if (state !== before) [before, since] = [state, now]
    else if (now - since > standstillMs) throw restless(lag, stuck())
    if (now > end) throw restless(lag, stuck())
  }
}

const ends = async (contexts: readonly string[], feed: Moving["feed"]): Promise<string> => {
  const last: Record<string, number> = {}
  for (const context of feed === undefined ? [] : contexts) {
    const sequence = await feed!.last(context) ?? 0
    if (sequence > 0) last[context] = sequence
  }
  return formatPositions(last)
}

/** What `settledBy` needs of an application. */
export interface Settling extends Moving {
  readonly contexts: readonly string[]
  readonly caughtUp: RunningApp["caughtUp"]
  readonly patience: Patience
}

/**
 * Makes the wait for rest. The end of the logs is read before and after the look at the policies:
 * one that was at rest when it was looked at may get work from one that was looked at later.
 */
export const settledBy = (
  { contexts, policies, feed, caughtUp, patience }: Settling,
) =>
async (): Promise<void> => {
  const end = performance.now() + SETTLING.mostMs
  for (;;) {
    const before = await ends(contexts, feed)
    if (policies !== undefined) await policiesAtRest(policies, patience)
    const after = await ends(contexts, feed)
    if (before === after) {
      if (after !== "") await caughtUp({ position: after })
      return
    }
    if (performance.now() > end) {
      throw new Error(`the logs do not come to rest: they grew from ${before} to ${after}`)
    }
  }
}

const ON_SERVERS = {
  pause: () => setTimeout(SETTLING.pauseMs),
  standstillMs: SETTLING.standstillOnServersMs,
}

/** The wait of a process on servers, which runs these roles. */
export const settledIn = (
  app: AppDefinition,
  { roles = ROLES, contexts }: StartOptions,
  moving: Moving,
  caughtUp: RunningApp["caughtUp"],
): RunningApp["settled"] => {
  const wanted = [
    ...app.policies.length > 0 ? ["policies" as const] : [],
    ...app.projections.length > 0 ? ["projections" as const] : [],
  ]
  const missing = wanted.filter((role) => !roles.includes(role))
  if (missing.length === 0 && contexts === undefined) {
    return settledBy({ ...moving, contexts: contextsRead(app), caughtUp, patience: ON_SERVERS })
  }
  const lacks = missing.length > 0 ? `the roles ${missing.join(", ")}` : "all contexts"
  return () =>
    Promise.reject(
      new TypeError(`settled() waits only for what runs in its process, which lacks ${lacks}`),
    )
}
