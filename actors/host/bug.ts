/** A bug: wraps a failure that user code threw, because it is no answer to a caller. */
import { isFailure } from "../../contracts/internal.ts"

/**
 * Wraps a failure that a handler threw or a stored event caused. A handler's `Unavailable` is not
 * our outage, and an event's `Invalid` is not the caller's mistake. `Internal` is not wrapped,
 * because it says nothing about the caller.
 */
export const asBug = (error: unknown): unknown =>
  isFailure(error) && error._tag !== "Internal" ? new Error(error.message, { cause: error }) : error
