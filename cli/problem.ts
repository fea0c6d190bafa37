/** A problem: one sentence that says what went wrong and what to do, and the exit code. */
import process from "node:process"
import { Cause, Data, Exit } from "effect"
import { CliError } from "effect/cli"
import { messageOf } from "../contracts/internal.ts"
import { harmless } from "../wire/internal.ts"

/** Something that the operator can solve. */
export class Problem extends Data.TaggedError("Problem")<{ readonly message: string }> {}

/** The exit code for a wrong use of the command line. */
const WRONG_USE = 2

/** The exit code of a run: the command's own, 1 for a failure, 2 for a wrong use. */
export const exitCodeOf = (exit: Exit.Exit<number, unknown>): number => {
  if (Exit.isSuccess(exit)) return exit.value
  const error = Cause.squash(exit.cause)
  // The usage and the mistake have already been printed.
  if (CliError.isCliError(error)) return WRONG_USE
  process.stderr.write(`leftfold: ${harmless(messageOf(error))}\n`)
  return 1
}
