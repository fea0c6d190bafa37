/** Waiting for something to be so. */

const PAUSE_MS = 50

/**
 * Resolves once something is so. Rejects when it takes longer than this, in milliseconds, or with
 * the reason of the signal.
 */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
  signal?: AbortSignal,
): Promise<void> => {
  const end = performance.now() + withinMs
  while (!await isSo()) {
    signal?.throwIfAborted()
    if (performance.now() > end) throw new Error(`${what} was not so within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
