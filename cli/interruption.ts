/** Being told to stop: work that can undo itself is given the time to do so. */
import process from "node:process"
import { Problem } from "./problem.ts"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Runs work that ends early when its signal is aborted. Ctrl-C does so; the second one kills. */
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
