/** Ids from other texts: the one way to make an id of names, other ids, or what people type. */
import { digest, DIGEST_CHARACTERS } from "./digest.ts"
import { ID_CHARACTERS } from "./limits.ts"

const SEPARATOR = "__"

/** Separates the readable part from the digest. An id without a digest never contains it. */
const HASHED = "___"

const SHOWN_CHARACTERS = ID_CHARACTERS - HASHED.length - DIGEST_CHARACTERS

/** Letters, digits, dashes and single underscores between them. */
const KEPT = /^[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*$/

/**
 * Makes one id of several texts, or of a text that is too long for one. The same texts give the
 * same id, other texts another one. Parts of letters, digits and dashes stay readable and are
 * joined by `__`. A text with other characters is cut, and a digest of the whole is added. One text
 * of 128 characters at most, such as an e-mail address, needs none of this: it is an id itself.
 *
 * ```ts
 * idOf("refund", "o-1") // "refund__o-1"
 * idOf("ada@example.com") // "ada-example-com___", then 22 characters
 * ```
 */
export const idOf = (...parts: readonly [string, ...string[]]): string => {
  const plain = parts.join(SEPARATOR)
  if (plain.length <= ID_CHARACTERS && parts.every((part) => KEPT.test(part))) return plain
  const shown = plain.replaceAll(/[^A-Za-z0-9-]+/g, "-").slice(0, SHOWN_CHARACTERS)
  return `${shown}${HASHED}${digest(JSON.stringify(parts))}`
}
