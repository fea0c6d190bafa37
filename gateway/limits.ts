/** The bounds of a gateway. */

/** How long a body may take to come, in milliseconds. */
export const BODY_MS = 30_000

/** The longest link to a next page, in characters: clients bound what headers may take. */
export const LINK_CHARACTERS = 8_192

/** How many parameters a URL may have. */
export const PARAMETERS = 64

/** Streams of events that one process serves at the same time. */
export const STREAMS_AT_ONCE = 10_000

/** How long a live query rests before it is asked again, in milliseconds. */
export const LIVE_REST_MS = 50

/** How often a live query is asked without a reason, should an announcement be lost, in ms. */
export const LOOK_AGAIN_MS = 15_000

/** How often a stream says that it is alive, in milliseconds. */
export const HEARTBEAT_MS = 15_000

/** The longest event of a stream, in bytes. */
export const EVENT_BYTES = 4_194_304

/** How much of an event is handed to a connection before its client must read on, in bytes. */
export const PART_BYTES = 65_536

/** What all clients of one process may leave unread together, in bytes. */
export const UNREAD_BYTES = 67_108_864

/** How long a client may leave what it was sent unread before it is cut off, in milliseconds. */
export const UNREAD_MS = 10_000

/** How long a live query rests after it could not be answered, in milliseconds. */
export const OUTAGE_REST_MS = 1_000

/** How soon a client that was cut off comes back, in milliseconds. */
export const COME_BACK_MS = 1_000

/** How long a live query waits for the other lanes of its views to be where one has changed. */
export const SOON_MS = 300

/** How long asking a query waits for its views and its answer, in milliseconds. */
export const QUERY_TIMEOUT_MS = 6_000

/** The longest that a client can make the gateway wait for a command's answer, in milliseconds. */
export const COMMAND_TIMEOUT_MS = 60_000

/** What a query takes besides waiting for its views, in milliseconds. */
export const ANSWER_TIME_MS = 500

/** How many chunks of a few bytes each a body may have. */
export const CHUNKS = 4_000

/** What the chunks of a body of more than `CHUNKS` have at least on average, in bytes. */
export const CHUNK_BYTES = 16

/** The largest request body the gateway takes, in bytes; NATS' own default limit is 1 MiB. */
export const REQUEST_BYTES = 900_000
