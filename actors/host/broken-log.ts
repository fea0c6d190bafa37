/** A broken log: what is done where the log of an actor cannot be read, and what is answered. */
import { Internal, isFailure } from "../../contracts/internal.ts"
import { reportError } from "../../wire/internal.ts"
import { BrokenHistory, brokenText, type Journal } from "../journal/journal.ts"
import { NewerEvent } from "./resident.ts"

/**
 * Resolves when a log that could not be read is worth reading again, as more of its messages are
 * stepped over by now. Rejects with what to answer: a log that cannot be read even so is
 * `Internal`, and says where that is and what to do.
 */
export const learned = async (
  journal: Journal,
  name: string,
  id: string,
  error: unknown,
): Promise<void> => {
  if (isFailure(error) && !(error instanceof NewerEvent)) throw error
  if (await journal.learnSkips(name)) return
  throw error instanceof BrokenHistory ? brokenFailure(name, id, error) : error
}

/** The references under which it was said that a log cannot be read, so that it is said once. */
const REFERENCES = new Map<string, string>()
const REFERENCES_KEPT = 1_000

/** The log's hole is no secret to the caller: it explains why this actor does nothing. */
const brokenFailure = (name: string, id: string, error: BrokenHistory): Internal => {
  const message = brokenText(name, id, error)
  const reference = REFERENCES.get(message) ?? crypto.randomUUID()
  if (!REFERENCES.has(message)) {
    reportError(`${message} (reference ${reference})`, error.cause)
    const [oldest] = REFERENCES.keys()
    if (REFERENCES.size >= REFERENCES_KEPT && oldest !== undefined) REFERENCES.delete(oldest)
    REFERENCES.set(message, reference)
  }
  return new Internal({ message, reference })
}
