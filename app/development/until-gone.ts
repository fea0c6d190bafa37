/** Waits for the end of a process that is not a child of this one. */
import process from "node:process"
import { Effect, Schedule } from "effect"

/** Resolves when no process has this id. Rejects when one still has it after 5 s. */
export const untilGone = (pid: number): Promise<void> =>
  Effect.runPromise(
    Effect.suspend(() => isRunning(pid) ? Effect.fail(new Error(`${pid} is running`)) : Effect.void)
      .pipe(Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 250 })),
  )

/** Whether a process has this id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
