/** The log in batches, from where a cursor was opened until a signal. */
import type { Cursor, FeedMessage } from "../log/feed.ts"

/**
 * Gives one batch after another, none of them empty, each with at most as many messages as `most`
 * says at that time. Ends, and closes the cursor, when the signal is aborted. Throws what the
 * cursor rejects with.
 */
export async function* logBatches(
  cursor: Cursor,
  most: () => number,
  signal: AbortSignal,
): AsyncGenerator<readonly FeedMessage[], void> {
  const close = () => cursor.close()
  signal.addEventListener("abort", close, { once: true })
  try {
    while (!signal.aborted) {
      const messages = await cursor.next(most())
      if (messages.length > 0 && !signal.aborted) yield messages
    }
  } finally {
    signal.removeEventListener("abort", close)
    cursor.close()
  }
}
