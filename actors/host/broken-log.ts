/** A broken log: whether an actor's log is worth another read, and what is answered if not. */
import { Internal, isFailure } from "../../contracts/internal.ts"
import { reportError } from "../../wire/internal.ts"
import { BrokenHistory, brokenText, type Journal } from "../journal/journal.ts"
import { UnknownEvent } from "./resident.ts"

/**
 * Resolves if a log that could not be read is worth another read, because more of its messages are
 * stepped over by now. Otherwise rejects with the answer: `Internal` for a broken log, which says
 * where it is broken and what to do.
 */
export const learned = async (
  journal: Journal,
  name: string,
  id: string,
  error: unknown,
): Promise<void> => {
  if (isFailure(error) && !(error instanceof UnknownEvent)) throw error
  if (await journal.learnSkips(name)) return
  throw error instanceof BrokenHistory ? brokenFailure(name, id, error) : error
}

/** The references of the broken logs that were reported, so that each is reported once. */
const REFERENCES = new Map<string, string>()
const REFERENCES_KEPT = 1_000

/** The answer tells the caller of the hole, because it explains why this actor does nothing. */
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
