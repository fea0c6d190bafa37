/** A problem: what went wrong and what to do about it, said in a sentence, and the exit code. */
import process from "node:process"
import { Cause, Data, Exit } from "effect"
import { CliError } from "effect/cli"
import { harmless } from "./print.ts"
import { messageOf } from "../contracts/internal.ts"

/** Something that the person who asked can do something about. */
export class Problem extends Data.TaggedError("Problem")<{ readonly message: string }> {}

/** What a command ends with when it was asked wrongly. */
const WRONG_USE = 2

/** The exit code of a run: the command's own, 1 for what failed, 2 for what was asked wrongly. */
export const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return Number(process.exitCode ?? 0)
  const error = Cause.squash(exit.cause)
  // The usage and what is wrong with it were shown already.
  if (CliError.isCliError(error)) return WRONG_USE
  process.stderr.write(`leftfold: ${harmless(messageOf(error))}\n`)
  return 1
}
