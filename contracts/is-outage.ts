/** Tells an outage from the other failures. */
import { isFailure, isOutageName } from "./errors.ts"

/**
 * Whether an error is an outage: it is safe to ask again with the same command id. Any other
 * failure would only be repeated.
 *
 * ```ts
 * try {
 *   await client.ask(Orders, "o-1", CancelOrder({ reason: "late" }), { commandId: "form-17" })
 * } catch (error) {
 *   if (!isOutage(error)) throw error
 *   console.error("ask again later, with the id form-17:", error)
 * }
 * ```
 */
export const isOutage = (error: unknown): boolean => isFailure(error) && isOutageName(error._tag)
