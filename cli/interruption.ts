/** Interruption by a signal: gives work time to undo itself. */
import process from "node:process"
import { Problem } from "./problem.ts"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Runs work and aborts its signal at the first Ctrl-C. The second Ctrl-C kills the process. */
export const interruptibly = async <A>(work: (signal: AbortSignal) => Promise<A>): Promise<A> => {
  const stop = new AbortController()
  const heard = (name: NodeJS.Signals) => {
    release()
    stop.abort(new Problem({ message: `it was interrupted by ${name}` }))
  }
  const release = () => SIGNALS.forEach((name) => process.off(name, heard))
  for (const name of SIGNALS) process.on(name, heard)
  try {
    return await work(stop.signal)
  } finally {
    release()
  }
}
