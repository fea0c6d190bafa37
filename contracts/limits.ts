/** The bounds of what is said: names, ids, positions, and what checking a message may cost. */

/** A bounded context, an actor, a projection or a query: lower case, digits and dashes. */
export const NAME = /^[a-z][a-z0-9-]{0,63}$/

/**
 * The longest name of a context. Its views are in a schema of Postgres that is called like it, and
 * Postgres cuts longer names, so that two of them could become one.
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

/** The id of an aggregate instance: safe as one token of a subject and one segment of a URL. */
export const ID = /^[A-Za-z0-9_-]{1,128}$/

/** How many characters an id may have. */
export const ID_CHARACTERS = 128

/** The largest value, counted in nested values, of which all issues are named and not one. */
export const LISTED_VALUES = 256

/** The longest number in a text, in digits: reading takes time in the square of the digits. */
export const NUMBER_DIGITS = 1_000

/** The longest list, in items, whose items must differ: at worst, each is compared with each. */
export const COMPARED_ITEMS = 1_000

/** How many reads of properties a message can take to tell the alternatives of a schema apart. */
export const DECODE_READS = 5_000

/** The longest path or message of an issue, in characters: both can quote what was sent. */
export const ISSUE_CHARACTERS = 256

/** The longest text of positions, as in `Leftfold-After`, in characters. */
export const POSITIONS_CHARACTERS = 8_192

/** How many invalid fields are named in one answer. */
export const ISSUES_REPORTED = 20
