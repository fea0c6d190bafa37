/** A broken contract: a handler's result does not match its own contract. */
import { type Failure, isFailure, type Message } from "../../contracts/internal.ts"
import type { AnyActor } from "../actor.ts"

/** A bug of a handler. It names the message and the fields that are wrong. */
export class BrokenContract extends Error {
  override readonly name = "BrokenContract"
  /** Which message, and which of its fields. */
  readonly what: string

  constructor({ kind, type }: Message, cause: Failure) {
    const fields = cause._tag === "Invalid" ? (cause.issues ?? []).map(({ path }) => path) : []
    super(cause.message, { cause })
    const named = fields.filter((field) => field !== "").slice(0, 3).join(", ")
    this.what = `made the ${kind} ${type}, ` +
      (named === "" ? "which does not fit its contract" : `whose ${named} broke its contract`)
  }
}

/** The plain form of a handler's result. Throws `BrokenContract` if it does not match. */
export const plainOf = (actor: AnyActor, message: Message) => {
  try {
    return actor.contract.codec.plain(message)
  } catch (error) {
    throw isFailure(error) ? new BrokenContract(message, error) : error
  }
}
