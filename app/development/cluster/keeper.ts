/** The keeper: restarts processes that have ended. */
import type { Server } from "../server.ts"
import { isRunning } from "../until-gone.ts"

/** A process that the keeper restarts. */
export interface Kept {
  readonly name: string
  readonly server: Pick<Server, "pid" | "restart" | "stop">
}

const LOOK_MS = 500

/** Watches processes, restarts those that end, and says so, until the keeper is stopped. */
export const keepRunning = (all: readonly Kept[], say: (line: string) => void) => {
  const busy = new Set<Kept>()
  let open = true
  const startAgain = async (kept: Kept): Promise<void> => {
    const { name, server } = kept
    busy.add(kept)
    say(`${name} (process ${server.pid}) has ended, and is started again`)
    try {
      await server.restart()
      say(`${name} runs again as process ${server.pid}`)
    } catch (error) {
      say(`${name} does not start: ${error}`)
    }
    busy.delete(kept)
  }
  const timer = setInterval(() => {
    for (const kept of all) {
      if (open && !busy.has(kept) && !isRunning(kept.server.pid)) void startAgain(kept)
    }
  }, LOOK_MS)
  return {
    stop: (): Promise<void> => {
      open = false
      clearInterval(timer)
      return Promise.resolve()
    },
  }
}
