/** The failures that a turn answers, by which nothing comes of a command. */
import {
  CommandIdReused,
  CommitTooLarge,
  Overloaded,
  Timeout,
  VersionMismatch,
} from "../../contracts/internal.ts"
import { COMMAND_EVENTS } from "../limits.ts"

/** The caller no longer waits for it. */
export const expired = () =>
  new Timeout({
    message: "the caller's deadline passed before this was decided: ask again with the same " +
      "command id",
  })

/** The actor is at another version than its caller expects. */
export const mismatch = (expected: number, actual: number) =>
  new VersionMismatch({
    message: `the actor is at version ${actual}, not ${expected}: read it again and decide anew`,
    expected,
    actual,
  })

/** Its id was used before, for something else. */
export const reused = (id: string) =>
  new CommandIdReused({
    message: `the command id "${id}" was used for another command, or with other fields: ` +
      "nothing was done; give each command an id of its own",
  })

/** Its events are more than can be counted. */
export const tooMany = (events: number) =>
  new CommitTooLarge({
    message: `this command causes ${events} events; one command may cause ${COMMAND_EVENTS}`,
  })

/** To refuse it must be written, and nothing may be written now. */
export const notWritten = (retryAfterMs: number) =>
  new Overloaded({
    message: "this command is refused, but whether that holds for an earlier try as well would " +
      "have to be written, and too much of that is written: ask again later, or without retry",
    retryAfterMs,
  })
