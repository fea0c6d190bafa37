/** Injection: carries out the plan on the processes of a stand, and undoes it. */
import { setTimeout as pause } from "node:timers/promises"
import { leaderOf } from "./leader-nats.ts"
import { signalPart } from "./part.ts"
import type { Planned } from "./plan.ts"
import type { Stand } from "./stand.ts"

/** A fault as it was injected. Times are of the clock of the load, in milliseconds. */
export interface Injected {
  readonly what: string
  readonly kind: string
  readonly fromMs: number
  /** When the process was started again, or resumed. */
  readonly untilMs: number
}

/** Injects one fault, holds it and heals it. */
const inject = async (stand: Stand, planned: Planned): Promise<Injected> => {
  const { target, deed, holdMs, which, leader } = planned
  const { signal } = stand
  const all = stand.parts[target]
  const led = target === "nats" && leader ? await leaderOf(stand) : undefined
  const part = led ?? all[which % all.length]!
  const fromMs = performance.now()
  const role = led ? "leader" : target
  const what = `${deed} ${role} ${part.name} for ${holdMs} ms`
  if (deed === "pause") {
    signalPart(part, "SIGSTOP")
    await pause(holdMs, undefined, { signal })
    signalPart(part, "SIGCONT")
  } else if (deed === "cut") {
    part.cut?.()
    await pause(holdMs, undefined, { signal })
    part.mend?.()
  } else {
    await (deed === "kill" ? part.kill() : part.stop())
    await pause(holdMs, undefined, { signal })
    await part.start()
  }
  return { what, kind: `${deed} ${role}`, fromMs, untilMs: performance.now() }
}

/**
 * Injects the whole plan; resolves when the last fault is healed. Rejects when one cannot be
 * injected, and at the end of the run.
 */
export const injectAll = async (
  stand: Stand,
  plan: readonly Planned[],
  beganMs: number,
  report: (what: string) => void,
): Promise<Injected[]> => {
  // A fault waits until the one before it on the same kind of process has healed.
  const last = new Map<string, Promise<unknown>>()
  const injecting = plan.map(async (planned) => {
    const waitMs = Math.max(0, beganMs + planned.atMs - performance.now())
    await pause(waitMs, undefined, { signal: stand.signal })
    await last.get(planned.target)
    const injected = inject(stand, planned)
    last.set(planned.target, injected.catch(() => {}))
    report((await injected).what)
    return await injected
  })
  return await Promise.all(injecting)
}
