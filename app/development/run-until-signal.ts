/** A program that runs until a person or the system asks it to stop. */
import process from "node:process"
import { Cause, Effect, Exit } from "effect"
import { killEveryChild } from "./child.ts"
import { messageOf } from "../../contracts/internal.ts"

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** How the process ends. */
export interface EndOptions {
  /** The exit code after the first signal, once all is stopped; 0 unless told. */
  readonly interruptedExitCode?: number
}

/**
 * Runs the program and ends this process with the exit code that it answers. The first signal
 * interrupts it, a second one kills the servers at once. A failure is one sentence on stderr and
 * exit code 1.
 */
export async function runUntilSignal(
  program: Effect.Effect<number, Error>,
  options: EndOptions = {},
): Promise<never> {
  const interruption = new AbortController()
  for (const name of stopSignals) {
    process.on(name, () => {
      if (interruption.signal.aborted) {
        killEveryChild()
        process.exit(1)
      }
      process.stdout.write("\nstopping …\n")
      interruption.abort()
    })
  }
  const exit = await Effect.runPromiseExit(program, { signal: interruption.signal })
  if (Exit.isSuccess(exit)) process.exit(exit.value)
  if (Cause.hasInterruptsOnly(exit.cause)) process.exit(options.interruptedExitCode ?? 0)
  process.stderr.write(`${messageOf(Cause.squash(exit.cause))}\n`)
  process.exit(1)
}
