/** The killer: repeatedly ends a node and a worker, as a power cut would. */
import { setTimeout } from "node:timers/promises"
import type { Role } from "leftfold/app"
import type { StartedPart } from "../../../app/development/cluster/parts.ts"

/** Which roles lose a process each time. */
const KILLED: readonly Role[] = ["actors", "projections"]

/** A running killer. */
export interface Killer {
  /** How many processes it has killed so far. */
  readonly kills: () => number
  /** Resolves once it kills no more and all processes run again. Rejects if one does not. */
  readonly stop: () => Promise<void>
}

/** Kills one process of each role every `everyMs`, in turn, and starts it again at once. */
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
  // The caller of `stop` gets the failure; before that nobody handles it.
  killing.catch(() => {})
  return {
    kills: () => kills,
    stop: () => {
      stopping.abort()
      return killing
    },
  }
}
