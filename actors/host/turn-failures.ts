/** The failures that a turn answers instead of deciding a command. */
import {
  CommandIdReused,
  CommitTooLarge,
  Overloaded,
  Timeout,
  VersionMismatch,
} from "../../contracts/internal.ts"
import type { ExpectedVersion } from "../../wire/internal.ts"
import { COMMAND_EVENTS } from "../limits.ts"

/** The caller no longer waits for the answer. */
export const expired = () =>
  new Timeout({
    message: "the caller's deadline passed before this was decided: ask again with the same " +
      "command id",
  })

/** The actor is at another version than its caller expects. */
export const mismatch = (expected: ExpectedVersion, actual: number) =>
  new VersionMismatch({
    message: typeof expected === "number"
      ? `the actor is at version ${actual}, not ${expected}: read it again and decide again`
      : `the actor is at version ${actual}, and the condition "${expected}" does not hold: read ` +
        "it again and decide again",
    expected,
    actual,
  })

/** The id of the command was used before, for something else. */
export const reused = (id: string) =>
  new CommandIdReused({
    message: `the command id "${id}" was used for another command, or with other fields: ` +
      "nothing was done; give each command an id of its own",
  })

/** The command causes more events than can be counted. */
export const tooMany = (events: number) =>
  new CommitTooLarge({
    message: `this command causes ${events} events; one command may cause ${COMMAND_EVENTS}`,
  })

/** Its refusal must be written, and the budget for that is used up. */
export const notWritten = (retryAfterMs: number) =>
  new Overloaded({
    message: "this command is refused, but an earlier try of it may still be stored; ruling that " +
      "out takes a write, and too much was written for that: ask again later, or without retry",
    retryAfterMs,
  })
