/** The limits of the wire: headers, payloads, deadlines, tries, slices and health. */

/** A command id, correlation id or principal: printable, no spaces, so it is safe in a header. */
export const TOKEN = /^[!-~]{1,256}$/

/** How many characters a command id, a correlation id or a principal may have. */
export const TOKEN_CHARACTERS = 256

/** How many characters of a trace state are carried: as many as W3C wants carried at least. */
export const TRACE_STATE_CHARACTERS = 512

/** How many characters of baggage are carried and stored with each event; longer is dropped. */
export const BAGGAGE_CHARACTERS = 1_024

/** The keys that principals are sealed with. */
export const PRINCIPAL_KEYS = {
  /** How many keys are allowed: one that seals, and others that are accepted too. */
  most: 8,
  /** The shortest key, in characters. */
  shortest: 32,
} as const

/** How many characters the claims of a user may have, as JSON. */
export const CLAIMS_CHARACTERS = 4_096

/** What a gateway passes on for users of NATS. */
export const NATS_USERS = {
  /** How many messages may be under way at once. */
  inFlight: 1_024,
  /** The longest that an answer is waited for, in milliseconds. */
  longestMs: 60_000,
  /** How long it is tried whether the nats-server proves its users, in milliseconds. */
  claimMs: 1_000,
  /** How many users can be named. */
  most: 100,
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

/** The longest subject that an answer is sent to, in characters. */
export const INBOX_CHARACTERS = 256

/** How long a server of NATS has to take a connection, in milliseconds. */
export const CONNECT_MS = 5_000

/** How often the log reports refused answers at most, in milliseconds. */
export const REFUSALS_LOGGED_MS = 60_000

/** How many of the NATS server's errors are logged in a row. */
export const SERVER_ERRORS_LOGGED = 10

/** How long until one more of those errors is logged, in milliseconds. */
export const SERVER_ERRORS_LOGGED_MS = 10_000

/** The largest problem that is answered in full, in bytes. NATS' own default limit is 1 MiB. */
export const PROBLEM_BYTES = 262_144

/** Answers in parts: those that no single message can hold. */
export const PARTS = {
  /** The largest such answer, in bytes. */
  bytes: 8_388_608,
  /** How many a client awaits at the same time. */
  atOnce: 8,
} as const

/** How many of a message's headers are read that we do not use ourselves. */
export const OTHER_HEADERS = 64

/** How many slices the ids of a context are spread over. */
export const SLICES = 256

/** How many versions, or entity tags, the condition of a command can list. */
export const CONDITION_VERSIONS = 64

/** How a client tries again: with the same command id each time, until the caller's deadline. */
export interface RetryPolicy {
  /** How often a command is sent at most. */
  readonly tries: number
  /** How long a node can be silent before another node is asked as well, in milliseconds. */
  readonly patienceMs: number
  /** As `patienceMs`, for a command that any node could take. It doubles up to `patienceMs`. */
  readonly anyPatienceMs: number
  /** The first pause after nobody answered, in milliseconds. It doubles up to the longest. */
  readonly pauseMs: number
  /** The longest pause, in milliseconds. */
  readonly longestPauseMs: number
  /** Whether `Overloaded` is tried again as `Unavailable` is. */
  readonly overloaded: boolean
}

/** How a client tries again by default. */
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

/** The pace of a client's live queries. */
export const LIVE = {
  /** How long one ask waits for the next change, in milliseconds. */
  waitMs: 30_000,
  /** The shortest time between two asks, in milliseconds. */
  restMs: 100,
  /** The same after an outage, in milliseconds. */
  outageRestMs: 1_000,
} as const

/** How many commands of unknown outcome a client remembers. */
export const UNKNOWN_OUTCOMES = 10_000

/** How a sender notices that a node has gone. */
export const LIVENESS = {
  /** How long a node is silent before it is asked whether it is there, in milliseconds. */
  afterMs: 200,
  /** How often unanswered requests are checked, in milliseconds. */
  everyMs: 100,
  /** How long a node has to answer that it is there, in milliseconds. */
  timeoutMs: 1_000,
} as const

/** The limits of a health report. */
export const HEALTH = {
  /** How long a process may take to read its own health, in milliseconds. */
  lookMs: 5_000,
  /** How many entries of each list are reported. */
  listed: 100,
  /** How many characters of each text are reported. */
  characters: 2_000,
  /** The largest size of the whole answer, in bytes. */
  bytes: 262_144,
} as const

/** The limits of what a NATS service reports about its endpoints. */
export const SERVICE = {
  /** How many endpoints are listed. */
  listed: 200,
  /** How many characters of the last error are reported. */
  errorCharacters: 500,
  /** How many characters of each text about an endpoint are reported: all fit into one message. */
  metadataCharacters: 1_000,
} as const

/** The limits of what a process measures of itself. */
export const TELEMETRY = {
  /** How many series one metric may have. Those beyond are one series, which says so. */
  series: 2_000,
  /** How long a part of the process may take to tell its metrics, in milliseconds. */
  observeMs: 4_000,
} as const

/** The limits of the log. */
export const REPORT = {
  /** The longest entry, in characters; a longer one is cut. */
  characters: 16_384,
  /** The longest field of an entry, in characters; a longer one is cut. */
  field: 256,
} as const
