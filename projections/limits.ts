/** The bounds of the read side. */

/** The lanes of a projection that names no number. */
export const LANES = 4

/** The most messages that are folded in one transaction. */
export const BATCH_MESSAGES = 1_000

/**
 * How long a generation that is being built rests after each batch, as a multiple of the time that
 * the batch took: queries share its processors and its database.
 */
export const BUILD_REST = 1

/**
 * How long the transaction of a raw projection can do nothing before Postgres ends it, in
 * milliseconds: a worker that hangs in one blocks the others.
 */
export const RAW_IDLE_MS = 3_000

/**
 * The longest time that a retry or a repair holds lanes, in milliseconds: nobody else can write
 * them meanwhile. If the holder is suspended and cannot notice, Postgres ends its transaction.
 */
export const HOLD_MS = 5_000

/** The most parked events that are folded again in one transaction. */
export const RETRY_EVENTS = 500

/** The most messages that a feed holds ready for each context that it reads. */
export const FEED_MESSAGES = 2_000

/** The most bytes that a feed holds ready for each context that it reads. */
export const FEED_BYTES = 16_777_216

/** The most queries that one server runs or lets wait for a connection at the same time. */
export const QUERIES_AT_ONCE = 1_000

/** The most bytes in the parameters of all these queries together. */
export const QUERIES_AT_ONCE_BYTES = 67_108_864

/** The most rows that one statement of a query reads, and that an answer has. */
export const QUERY_ROWS = 10_000

/** The most bytes of rows, as the text that Postgres sends, that one statement of a query reads. */
export const QUERY_BYTES = 2_097_152

/** The longest time that Postgres works on one statement of a query, in milliseconds. */
export const QUERY_MS = 10_000

/** The longest cursor that holds the sort key of a row itself, in characters. */
export const CURSOR_CHARACTERS = 1_500

/** The estimated bytes of rows that one lane keeps in memory to avoid loading them again. */
export const CACHED_BYTES = 4_194_304

/** How long a lane that nothing is written to delays saving its position, in milliseconds. */
export const CHECKPOINT_MS = 250

/** How often a worker announces itself and looks for work, in milliseconds. */
export const BEAT_MS = 1_000

/** How long after its last beat a worker is taken for dead, in milliseconds. */
export const ALIVE_MS = 3_000

/** How often a generation that is being built is checked for having caught up, in milliseconds. */
export const SWITCH_MS = 200

/** The most changed keys that an announcement names. */
export const ANNOUNCED_KEYS = 64

/** How many lines are logged about malformed announcements of one view. */
export const STRANGE_ANNOUNCEMENTS_LOGGED = { burst: 1, everyMs: 60_000 }

/** Characters of an error that are kept with a parked event. */
export const ERROR_CHARACTERS = 2_000

/** How long a worker waits for its claims before it goes on without them, in milliseconds. */
export const CLAIM_MS = 1_000

/**
 * How long letting another generation serve, or changing its indexes, waits for readers of the
 * view, in milliseconds; new readers wait behind it.
 */
export const SWITCH_LOCK_MS = 500

/**
 * How long a view's last known position is trusted without news from its workers, in milliseconds.
 */
export const TRUST_MS = 2_000

/** How long a worker rests after another one has written its view, in milliseconds. */
export const STANDBY_MS = 500

/** The longest pause before a failed projection is tried again, in milliseconds. */
export const RETRY_MS = 5_000

/**
 * How long messages can wait for a view before it is reported as standing still, in milliseconds.
 */
export const STALLED_MS = 15_000

/** How long stopping waits for a save in progress, in milliseconds. */
export const STOP_MS = 3_000

/** The most queries that wait for their views at the same time: in one process, … */
export const WAITING_AT_ONCE = 4_000

/** … for one view, … */
export const WAITING_FOR_VIEW = 1_000

/** … and, in one process, for positions beyond the end of their log. */
export const WAITING_BEYOND_END = 100

/** The most queries of one process that wait for the next change of their views. */
export const WAITING_FOR_CHANGE = 1_000

/** The longest that a query waits for the next change of its views, in milliseconds. */
export const CHANGE_WAIT_MS = 60_000

/** The fastest that a log can grow while a query waits, in messages per millisecond. */
export const APPENDED_PER_MS = 200

/** How long a query waits before it checks where the log ends, in milliseconds; … */
export const END_CHECK_MS = 50

/** … for a position this much further than the view, it checks at once. */
export const END_FAR = 100_000

/** How long a query waits for its views to reach the requested positions, in milliseconds. */
export const VIEW_WAIT_MS = 5_000

/** How much earlier than its caller's deadline a waiting query gives up, in milliseconds. */
export const ANSWER_MARGIN_MS = 200

/** How often a waiting query checks by itself in case an announcement was lost, in milliseconds. */
export const LOOK_AGAIN_MS = 500

/** The rows with drift that are read at once. */
export const DRIFT_PAGE = 500

/** The rows that are repaired in one transaction. */
export const REPAIR_ROWS = 1_000

/** How long a worker waits for an answer of Postgres before it reconnects, in milliseconds. */
export const SILENCE_MS = 15_000

/**
 * The most bytes of text in a key, or in all columns of an index together. Postgres takes up to
 * 2,704 with its overhead, in pages of 8 KiB. A row with more is refused.
 */
export const INDEXED_BYTES = 2_600

/** The most characters of JSON in the rows that one statement writes, and in one row. */
export const WRITE_CHARACTERS = 67_108_864

/** The characters of a key that are shown; a longer key is cut and gets a hash. */
export const KEY_SHOWN = 64

/** The most characters of all keys together that an announcement names. */
export const ANNOUNCED_CHARACTERS = 16_384

/** How often the process log names an event that is parked. */
export const PARKED_LOGGED = { burst: 20, everyMs: 10_000 } as const

/** What an explanation of a row keeps and costs. */
export const EXPLAINED = {
  /** The latest changes of a row that are listed. */
  changes: 1_000,
  /** The events of a row among which the causes of a value are looked for. */
  events: 10_000,
  /** The events that are folded in order to find these causes. */
  folds: 1_000_000,
} as const

/** Which folded events have spans. */
export const TRACED = {
  /** How many spans one batch begins. */
  perBatch: 64,
  /** Until which age events have spans, in milliseconds. */
  ageMs: 600_000,
} as const
