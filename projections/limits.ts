/** The bounds of the read side. */

/** Messages folded in one transaction at most. */
export const BATCH_MESSAGES = 2_000

/** Messages that a feed holds ready per context, beyond which it asks for no more. */
export const FEED_MESSAGES = 4_000

/** How long a query waits for its views to reach the asked positions, in milliseconds. */
export const VIEW_WAIT_MS = 5_000

/** How much earlier than its caller's deadline a waiting query gives up, in milliseconds. */
export const ANSWER_MARGIN_MS = 200

/** How often a waiting query looks for itself, should an announcement be lost, in milliseconds. */
export const LOOK_AGAIN_MS = 500
