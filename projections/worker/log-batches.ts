/** The log in batches, from a cursor until a signal. */
import type { Cursor, FeedMessage } from "../log/feed.ts"

/**
 * Gives one batch after another. Each has at least one message and at most as many as `most` says
 * at that time. When the signal is aborted, it ends and closes the cursor. Throws what the cursor
 * rejects with.
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
