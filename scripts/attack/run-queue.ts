/**
 * The run queue: how long a process was ready to run and had no processor. On a machine that does
 * something else as well, a wait is judged without that time: it says nothing of the process.
 */
import { readFileSync } from "node:fs"
import process from "node:process"

const NANOSECONDS = 1_000_000

/** What Linux counts of one thread. */
interface ThreadTimes {
  /** On a processor, in milliseconds. */
  readonly ranMs: number
  /** Ready to run, but not running, in milliseconds. */
  readonly waitedMs: number
}

/** Times of the first thread of a process, which runs its event loop; undefined if not known. */
export const threadTimes = (pid: number): ThreadTimes | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8")
    const [ran = NaN, waited = NaN] = text.split(" ").map((part) => Number(part) / NANOSECONDS)
    return Number.isFinite(ran + waited) ? { ranMs: ran, waitedMs: waited } : undefined
  } catch {
    return undefined
  }
}

/**
 * Measures a wait for the process `pid`: its length in milliseconds, without the time that this
 * process and that one were kept from running. Without numbers of the system that is all of it.
 */
export const startWait = (pid: number): () => number => {
  const pids = [...new Set([pid, process.pid])]
  const waited = () => pids.reduce((sum, each) => sum + (threadTimes(each)?.waitedMs ?? 0), 0)
  const [began, before] = [performance.now(), waited()]
  return () => Math.max(0, performance.now() - began - (waited() - before))
}
