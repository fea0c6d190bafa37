/** The log in batches, from a reader until a signal. */
import type { FeedMessage, FeedReader } from "../log/feed.ts"

/**
 * Gives one batch after another. Each has at least one message and at most as many as `most` says
 * at that time. When the signal is aborted, it ends and closes the reader. Throws what the reader
 * rejects with.
 */
export async function* logBatches(
  reader: FeedReader,
  most: () => number,
  signal: AbortSignal,
): AsyncGenerator<readonly FeedMessage[], void> {
  const close = () => reader.close()
  signal.addEventListener("abort", close, { once: true })
  try {
    while (!signal.aborted) {
      const messages = await reader.next(most())
      if (messages.length > 0 && !signal.aborted) yield messages
    }
  } finally {
    signal.removeEventListener("abort", close)
    reader.close()
  }
}
