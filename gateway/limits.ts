/** The bounds of a gateway. */

/** How long a body may take to arrive, in milliseconds. */
export const BODY_MS = 30_000

/** The longest link to a next page, in characters: clients bound what headers may take. */
export const LINK_CHARACTERS = 8_192

/** How many parameters a URL may have. */
export const PARAMETERS = 64

/** How long connections have to be written to once all requests are answered, in milliseconds. */
export const LAST_WRITES_MS = 2_000

/** How many values all parameters of a URL may have together: a list repeats its name. */
export const PARAMETER_VALUES = 1_000

/** How many streams of events one process serves at the same time. */
export const STREAMS_AT_ONCE = 10_000

/** The shortest time between two asks of a live query, in milliseconds. */
export const LIVE_REST_MS = 50

/** The longest time between two asks, in milliseconds, because an announcement can get lost. */
export const LOOK_AGAIN_MS = 15_000

/** How often an idle stream sends a comment, in milliseconds. */
export const HEARTBEAT_MS = 15_000

/** The longest event of a stream, in bytes. */
export const EVENT_BYTES = 4_194_304

/** How many bytes of an event a connection is given before its client must read on. */
export const PART_BYTES = 65_536

/** How many bytes all clients of one process together may leave unread. */
export const UNREAD_BYTES = 67_108_864

/** How long a client may read nothing before it is cut off, in milliseconds. */
export const UNREAD_MS = 10_000

/** The shortest time between a failed ask of a live query and the next, in milliseconds. */
export const OUTAGE_REST_MS = 1_000

/** How soon a client that was cut off connects again, in milliseconds. */
export const COME_BACK_MS = 1_000

/** How soon a client comes back whose question cannot be asked as it is, in milliseconds. */
export const WRONG_MS = 60_000

/** How soon a client comes back that found no place for its stream, in milliseconds. */
export const FULL_MS = 5_000

/** How long a live query waits for all lanes of a view to reach a change, in milliseconds. */
export const SOON_MS = 300

/** The longest that a query waits for its views, in milliseconds. */
export const QUERY_TIMEOUT_MS = 6_000

/** The longest that a client can make the gateway wait for a command's answer, in milliseconds. */
export const COMMAND_TIMEOUT_MS = 60_000

/** The time that a query gets to be answered, in addition to the wait for its views, in ms. */
export const ANSWER_TIME_MS = 500

/** How many chunks a body may have if they are small. */
export const CHUNKS = 4_000

/** The smallest average chunk of a body of more than `CHUNKS` chunks, in bytes. */
export const CHUNK_BYTES = 16

/** What the headers of a message, and what the log adds to a command, may take, in bytes. */
export const MESSAGE_OVERHEAD_BYTES = 148_576

/** The largest request body that the gateway takes with NATS' own default limit, in bytes. */
export const REQUEST_BYTES = 900_000

/** The largest body of a request to a route of an application's own, in bytes. */
export const OWN_BODY_BYTES = 4_194_304

/** How many requests of one connection may wait for their answers at the same time. */
export const PIPELINED = 32

/** How many more requests a connection may send, unread, before it is cut off. */
export const PIPELINED_CUT = 2_000

/** What is kept and awaited of an OpenID Connect issuer. */
export const OIDC = {
  /** How many verified tokens a process remembers. */
  tokens: 10_000,
  /** How long a token is taken without verifying it again, in milliseconds: by default, at most. */
  rememberMs: 60_000,
  longestRememberMs: 600_000,
  /** The longest token, in characters. */
  tokenCharacters: 8_192,
  /** The largest document that an issuer may answer with, in bytes. */
  documentBytes: 262_144,
  /** How long an issuer may take to name its keys, in milliseconds. */
  timeoutMs: 5_000,
  /** How soon the keys are asked for again after an unknown one, in milliseconds. */
  cooldownMs: 30_000,
  /** How soon an issuer that did not answer is asked again, in milliseconds. */
  againMs: 1_000,
  /** How long keys are used without asking for them again, in milliseconds. */
  keysMs: 600_000,
  /** How far the clocks of an issuer and of this machine may differ, in seconds. */
  skewS: 30,
} as const
