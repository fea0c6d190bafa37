/** Runs a program until a person or the system asks it to stop. */
import process from "node:process"
import { Cause, Effect, Exit } from "effect"
import { killEveryChild } from "./child.ts"
import { messageOf } from "../../contracts/internal.ts"

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** How the process exits. */
export interface EndOptions {
  /** The exit code after the first signal, once everything has stopped; 0 by default. */
  readonly interruptedExitCode?: number
}

/**
 * Runs the program and exits with the code that it returns. The first signal interrupts the
 * program; the second kills the servers at once. A failure prints one sentence on stderr and exits
 * with 1.
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
