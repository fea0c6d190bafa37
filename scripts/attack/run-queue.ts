/**
 * The run queue: how long a process was ready to run but had no processor. On a busy machine, waits
 * are judged without that time, because it shows nothing about the process.
 */
import { readFileSync } from "node:fs"
import process from "node:process"

const NANOSECONDS = 1_000_000

/** Linux's times of one thread. */
interface ThreadTimes {
  /** The time on a processor, in milliseconds. */
  readonly ranMs: number
  /** The time ready to run but without a processor, in milliseconds. */
  readonly waitedMs: number
}

/** The times of a process's first thread, which runs its event loop; undefined if unknown. */
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
 * Measures a wait for the process `pid`, in milliseconds, without the time in which this process or
 * that one had no processor. If the system does not count that time, the whole wait is measured.
 */
export const startWait = (pid: number): () => number => {
  const pids = [...new Set([pid, process.pid])]
  const waited = () => pids.reduce((sum, each) => sum + (threadTimes(each)?.waitedMs ?? 0), 0)
  const [began, before] = [performance.now(), waited()]
  return () => Math.max(0, performance.now() - began - (waited() - before))
}
