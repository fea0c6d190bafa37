/** The bounds of the read side. */

/** Messages folded in one transaction at most. */
export const BATCH_MESSAGES = 2_000

/** Messages that a feed holds ready at most, for each context that it reads. */
export const FEED_MESSAGES = 4_000

/** Bytes that a feed holds ready at most, for each context that it reads. */
export const FEED_BYTES = 16_777_216

/** Queries that one server works on or lets wait at the same time. */
export const QUERIES_AT_ONCE = 1_000

/** How long a worker rests after another one has written its view, in milliseconds. */
export const STANDBY_MS = 500

/** The longest rest before a projection that failed is tried again, in milliseconds. */
export const RETRY_MS = 5_000

/** How long stopping waits for a save that is under way, in milliseconds. */
export const STOP_MS = 3_000

/** How long a query waits for its views to reach the asked positions, in milliseconds. */
export const VIEW_WAIT_MS = 5_000

/** How much earlier than its caller's deadline a waiting query gives up, in milliseconds. */
export const ANSWER_MARGIN_MS = 200

/** How often a waiting query looks for itself, should an announcement be lost, in milliseconds. */
export const LOOK_AGAIN_MS = 500
