/** A bug: a `Failure` that is thrown where it is no answer to anybody. */
import { isFailure } from "../../contracts/internal.ts"

/**
 * What a handler or a stored event made fail, as an error that no caller is answered with: a
 * handler's `Unavailable` is not our outage, and an event's `Invalid` not the caller's mistake.
 * `Internal` stays as it is, since it says nothing about the caller.
 */
export const asBug = (error: unknown): unknown =>
  isFailure(error) && error._tag !== "Internal" ? new Error(error.message, { cause: error }) : error
