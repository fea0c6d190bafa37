/** The bounds of how messages travel: headers, payloads, deadlines, tries, slices and health. */

/** A command id, correlation id or principal: printable, no spaces, so it is safe in a header. */
export const TOKEN = /^[!-~]{1,256}$/

/** How many characters a command id, a correlation id or a principal may have. */
export const TOKEN_CHARACTERS = 256

/** The keys that principals are sealed with. */
export const PRINCIPAL_KEYS = {
  /** How many there may be: one that seals, and others that are taken as well. */
  most: 8,
  /** The shortest, in characters. */
  shortest: 32,
} as const

/** How long a caller waits for an answer unless it says otherwise, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 5_000

/** The longest time that a caller can wait, in milliseconds. */
export const LONGEST_TIMEOUT_MS = 86_400_000

/** How many levels deep the arrays and maps of a payload can nest. */
export const NESTING = 256

/** As `NESTING`, for commits, snapshots and answers, which we write around the fields. */
export const OWN_NESTING = 272

/** How many values the payload of a request may hold, those in arrays and maps included. */
export const VALUES = 20_000

/** The longest subject at which an answer can be awaited, in characters. */
export const INBOX_CHARACTERS = 256

/** How often at most the log says that answers were refused, in milliseconds. */
export const REFUSALS_LOGGED_MS = 60_000

/** Lines in a row that say what the NATS server has refused; after them one at a time. */
export const SERVER_ERRORS_LOGGED = 10

/** After how long one more of those lines is written, in milliseconds. */
export const SERVER_ERRORS_LOGGED_MS = 10_000

/** The largest problem that is answered as it is, in bytes; NATS' own default limit is 1 MiB. */
export const PROBLEM_BYTES = 262_144

/** How many headers of a message are read that are not known to us. */
export const OTHER_HEADERS = 64

/** How many slices the ids of a context are spread over. */
export const SLICES = 256

/** How a client tries again: with the same command id each time, until the caller's deadline. */
export interface RetryPolicy {
  /** How often a command is sent at most. */
  readonly tries: number
  /** How long a node can be silent before another node is asked as well, in milliseconds. */
  readonly patienceMs: number
  /** As `patienceMs`, for a command that any node could take: it doubles up to `patienceMs`. */
  readonly anyPatienceMs: number
  /** The first pause after nobody answered, in milliseconds. It doubles up to the longest. */
  readonly pauseMs: number
  /** The longest pause, in milliseconds. */
  readonly longestPauseMs: number
  /** Whether `Overloaded` is tried again as `Unavailable` is. */
  readonly overloaded: boolean
}

/** How a client tries again unless it is told otherwise. */
export const RETRY: RetryPolicy = {
  tries: Number.POSITIVE_INFINITY,
  patienceMs: 2_000,
  anyPatienceMs: 300,
  pauseMs: 50,
  longestPauseMs: 500,
  overloaded: false,
}

/**
 * How many nodes may fall silent on one command: one that hangs for another reason, and one more.
 * A command that hangs the nodes it reaches is sent to no third.
 */
export const SILENT_NODES = 2

/** How many nodes are sent one command at most, those included that answer with an outage. */
export const NODES_ASKED = 3

/** How many commands of unknown outcome a client remembers. */
export const UNKNOWN_OUTCOMES = 10_000

/** How a sender finds out that a node has gone. */
export const LIVENESS = {
  /** After how long without an answer a node is asked whether it is there, in milliseconds. */
  afterMs: 200,
  /** How often unanswered requests are checked, in milliseconds. */
  everyMs: 100,
  /** How long a node may take to say that it is there, in milliseconds. */
  timeoutMs: 1_000,
} as const

/** The bounds of what a role says of its health. */
export const HEALTH = {
  /** How long reading a process's health may take, in milliseconds. */
  lookMs: 5_000,
  /** How many entries of each list are told. */
  listed: 100,
  /** How many characters of each text are told. */
  characters: 2_000,
  /** How large the whole answer is at most, in bytes. */
  bytes: 262_144,
} as const

/** The bounds of what a NATS service says of its endpoints. */
export const SERVICE = {
  /** How many endpoints are told. */
  listed: 200,
  /** How many characters of the last error are told. */
  errorCharacters: 500,
} as const
