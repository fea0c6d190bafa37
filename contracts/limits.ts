/** The bounds of messages: names, ids, positions, and what checking a message may cost. */

/** A bounded context, an actor, a projection or a query: lower case, digits and dashes. */
export const NAME = /^[a-z][a-z0-9-]{0,63}$/

/**
 * The longest name of a context. The views of a context are in a Postgres schema of the same name.
 * Postgres cuts longer names, so two contexts could end up in one schema.
 */
export const CONTEXT_CHARACTERS = 63

/** Our own context. No context of an application can have this name. */
export const RESERVED_CONTEXT = "leftfold"

/** Contexts that no application can have, each with the reason. */
export const RESERVED_CONTEXTS: readonly (readonly [RegExp, string])[] = [
  [/^leftfold(-|$)/, "which is ours, as is each that begins with leftfold-"],
  [/^pg-/, "because Postgres keeps schemas that begin with pg_ to itself"],
  [/^information-schema$/, "because Postgres has a schema information_schema"],
  [/^public$/, "because the schema public of Postgres holds the tables of others"],
]

/** A message: an upper-case letter first, then letters and digits. */
export const MESSAGE_NAME = /^[A-Z][A-Za-z0-9]{0,63}$/

/** An id that is one token of a subject and one segment of a URL as it is. Others are escaped. */
export const ID = /^[A-Za-z0-9_-]{1,128}$/

/** How long the ids of commands are remembered. */
export const IDEMPOTENCY_WINDOW = {
  /** By default. */
  usual: "1 day",
  /** The shortest time, in milliseconds. */
  shortestMs: 1_000,
  /** The longest time, in milliseconds. */
  longestMs: 30 * 86_400_000,
} as const

/** How many characters an id may have. */
export const ID_CHARACTERS = 128

/** The largest value, counted in nested values, whose issues are all named, not only the first. */
export const LISTED_VALUES = 256

/** The longest number in a text, in digits: the time to read it grows with their square. */
export const NUMBER_DIGITS = 1_000

/** The longest list of items that must differ: at worst, each item is compared with each other. */
export const COMPARED_ITEMS = 1_000

/** How many properties of a message are read at most to tell a schema's alternatives apart. */
export const DECODE_READS = 5_000

/** The longest path or message of an issue, in characters: both can quote what was sent. */
export const ISSUE_CHARACTERS = 256

/** The longest text of positions, as in `Leftfold-After`, in characters. */
export const POSITIONS_CHARACTERS = 8_192

/** How many invalid fields are named in one answer. */
export const ISSUES_REPORTED = 20

/** The most events of today that one stored event can become. */
export const EVENTS_OF_ONE = 1_000

/** The longest name for which a known one like it is sought, in characters. */
export const NEAREST_CHARACTERS = 64

/** How many known names are compared with an unknown one. */
export const NEAREST_NAMES = 200

/** How many known fields an error lists. */
export const LISTED_FIELDS = 12

/** Numbers of Protobuf fields. */
export const NUMBERS = {
  /** The largest number of a field. */
  largest: 536_870_911,
  /** The first of the numbers that Protobuf keeps to itself. */
  reservedFrom: 19_000,
  /** The last of them. */
  reservedTo: 19_999,
  /** How deep the parts of a message are described: what is deeper is any JSON. */
  levels: 24,
  /** How deep a message that is written may nest. */
  written: 272,
} as const

/** Limits for events that are stored as Protobuf: they were checked before they were stored. */
export const STORED_PROTOBUF = {
  /** How deep messages may nest. */
  levels: 272,
  /** How many values there may be. */
  values: 2 ** 30,
  own: true,
} as const
