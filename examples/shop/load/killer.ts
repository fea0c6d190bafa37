/** The killer: ends a node and a worker again and again, as a power cut would. */
import { setTimeout } from "node:timers/promises"
import type { Role } from "leftfold/app"
import type { StartedPart } from "../../../app/development/cluster/parts.ts"

/** What is killed each time: one of each. */
const KILLED: readonly Role[] = ["actors", "projections"]

/** A killer at work. */
export interface Killer {
  /** How many processes it has killed so far. */
  readonly kills: () => number
  /** Resolves once it kills no more and all run again. Rejects when one of them does not. */
  readonly stop: () => Promise<void>
}

/** Kills one of each kind of process every so often, in turn, and starts it again at once. */
export const startKiller = (parts: readonly StartedPart[], everyMs: number): Killer => {
  const stopping = new AbortController()
  const { signal } = stopping
  let kills = 0
  const kill = async (role: Role, round: number): Promise<void> => {
    const ofRole = parts.filter((part) => part.role === role)
    const { server } = ofRole[round % ofRole.length]!
    await server.kill()
    kills++
    await server.restart()
  }
  const killing = (async () => {
    for (let round = 0;; round++) {
      await setTimeout(everyMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      await Promise.all(KILLED.map((role) => kill(role, round)))
    }
  })()
  // Whoever stops it hears of a failure; until then it is nobody's.
  killing.catch(() => {})
  return {
    kills: () => kills,
    stop: () => {
      stopping.abort()
      return killing
    },
  }
}
