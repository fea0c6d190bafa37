/** The bounds of the read side. */

/** The lanes of a projection that does not say how many it has. */
export const LANES = 4

/** Messages folded in one transaction at most. */
export const BATCH_MESSAGES = 1_000

/**
 * How long a generation that is built beside a serving one rests after each batch, in times of what
 * the batch took: queries have the same processors and the same database.
 */
export const BUILD_REST = 1

/**
 * How long the transaction of a raw projection may do nothing before Postgres ends it, in
 * milliseconds: a worker that hangs in it keeps the others from going on.
 */
export const RAW_IDLE_MS = 3_000

/**
 * How long lanes are held for a retry or a repair, in milliseconds: nobody else can write them
 * meanwhile. Postgres ends a transaction of someone who does not notice that, as it is suspended.
 */
export const HOLD_MS = 5_000

/** Parked events that are folded again in one transaction. */
export const RETRY_EVENTS = 500

/** Messages that a feed holds ready at most, for each context that it reads. */
export const FEED_MESSAGES = 2_000

/** Bytes that a feed holds ready at most, for each context that it reads. */
export const FEED_BYTES = 16_777_216

/** Queries that one server works on at the same time, or lets wait for a connection. */
export const QUERIES_AT_ONCE = 1_000

/** Bytes of the parameters of all these queries together. */
export const QUERIES_AT_ONCE_BYTES = 33_554_432

/** Rows that one statement of a query reads at most, and that an answer has. */
export const QUERY_ROWS = 10_000

/** Bytes of rows, as Postgres writes them as text, that one statement of a query reads at most. */
export const QUERY_BYTES = 2_097_152

/** How long Postgres works on one statement of a query at most, in milliseconds. */
export const QUERY_MS = 10_000

/** The longest cursor that holds the place of a row itself, in characters. */
export const CURSOR_CHARACTERS = 1_500

/** What one lane remembers of rows, so that it need not load them again: estimated, in bytes. */
export const CACHED_BYTES = 4_194_304

/** How long a lane that nothing is written to keeps its position to itself, in milliseconds. */
export const CHECKPOINT_MS = 250

/** How often a worker says that it is alive and looks for work, in milliseconds. */
export const BEAT_MS = 1_000

/** After how long without a beat a worker is taken for dead, in milliseconds. */
export const ALIVE_MS = 3_000

/** How often it is looked whether a generation that is built has caught up, in milliseconds. */
export const SWITCH_MS = 200

/** Changed keys that an announcement names at most. */
export const ANNOUNCED_KEYS = 64

/** How many lines the log has, for one view, of what was announced and is no announcement. */
export const STRANGE_ANNOUNCEMENTS_LOGGED = { burst: 1, everyMs: 60_000 }

/** Characters of an error that are kept with a parked event. */
export const ERROR_CHARACTERS = 2_000

/** How long a worker waits for its claims before it goes on without them, in milliseconds. */
export const CLAIM_MS = 1_000

/**
 * How long letting another generation serve, or changing the indexes of one, waits for who reads
 * it, in milliseconds: whoever wants to read it meanwhile waits behind.
 */
export const SWITCH_LOCK_MS = 500

/** How long rests what is known of a view of which nothing is heard, in milliseconds. */
export const TRUST_MS = 2_000

/** How long a worker rests after another one has written its view, in milliseconds. */
export const STANDBY_MS = 500

/** The longest rest before a projection that failed is tried again, in milliseconds. */
export const RETRY_MS = 5_000

/** How long messages may wait for a view before it is said to stand still, in milliseconds. */
export const STALLED_MS = 15_000

/** How long stopping waits for a save that is under way, in milliseconds. */
export const STOP_MS = 3_000

/** Queries that wait for their views at the same time: in one process, … */
export const WAITING_AT_ONCE = 4_000

/** … for one view, … */
export const WAITING_FOR_VIEW = 1_000

/** … and for positions that are beyond the end of their log, in one process. */
export const WAITING_BEYOND_END = 100

/** Messages that a log may grow by while a query waits, for each millisecond. */
export const APPENDED_PER_MS = 200

/** How long a query waits before the end of the log is asked for, in milliseconds; … */
export const END_CHECK_MS = 50

/** … not for a position that is so much further than the view: that one is asked for at once. */
export const END_FAR = 100_000

/** How long a query waits for its views to reach the asked positions, in milliseconds. */
export const VIEW_WAIT_MS = 5_000

/** How much earlier than its caller's deadline a waiting query gives up, in milliseconds. */
export const ANSWER_MARGIN_MS = 200

/** How often a waiting query looks for itself, should an announcement be lost, in milliseconds. */
export const LOOK_AGAIN_MS = 500

/** Rows that have drifted which are read at once. */
export const DRIFT_PAGE = 500

/** Rows that are repaired in one transaction. */
export const REPAIR_ROWS = 1_000

/** How long a worker waits for Postgres to answer before it connects anew, in milliseconds. */
export const SILENCE_MS = 15_000

/**
 * Bytes of a key, or of all columns of an index together, as far as they are texts: Postgres takes
 * up to 2,704 in a tree of pages of 8 KiB, with what it adds. A row with more is refused.
 */
export const INDEXED_BYTES = 2_600

/** Characters of the rows that one statement writes, as JSON; of one row as well. */
export const WRITE_CHARACTERS = 67_108_864

/** Characters of a key that are shown to people; of a longer one these, and a hash. */
export const KEY_SHOWN = 64

/** Characters of all keys together that an announcement names at most. */
export const ANNOUNCED_CHARACTERS = 16_384
