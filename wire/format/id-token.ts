/**
 * Ids as tokens of subjects. An id can be any text; in a subject, each byte that no token can hold
 * is spelled `%XX`, as in a URL. An id of letters, digits, `_` and `-` is its own token.
 */
import { ID, ID_CHARACTERS, Invalid } from "../../contracts/plain.ts"

/**
 * Control characters, halves of surrogate pairs, line and paragraph separators, spaces without
 * width, marks of byte order, and what turns the direction of text around.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/u

const SIZED = new RegExp(`^(?!\\.{1,2}$)[^]{1,${ID_CHARACTERS}}$`)

/** What keeps a text from being an id; undefined if it can be one. */
const faultOf = (id: string): string | undefined => {
  if (!SIZED.test(id)) return `use 1 to ${ID_CHARACTERS} characters, and not "." or ".."`
  if (UNPRINTABLE.test(id)) return "it has a character that cannot be printed"
  return id.normalize() === id ? undefined : "normalize it first, with .normalize(), so that the " +
    "same text is always the same id"
}

/** Throws `Invalid` unless this can be the id of an actor. `more` is appended to the message. */
export const checkId = (id: string, more = ""): string => {
  if (ID.test(id) && typeof id === "string") return id
  const fault = typeof id === "string" ? faultOf(id) : `a text is one, and not a ${typeof id}`
  if (fault === undefined) return id
  const shown = id?.length > 40 ? `${id.slice(0, 40)}…` : id
  throw new Invalid({
    message: `${JSON.stringify(shown)} is not an id: ${fault}${more}`,
    issues: [{ path: "id", message: `Expected an id: ${fault}` }],
  })
}

const escaped = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase()}`

/** The token of an id, which must be one. */
export const tokenOf = (id: string): string =>
  ID.test(id) ? id : encodeURIComponent(id).replace(/[.!~*'()]/g, escaped)

/** The id whose token this is; undefined if it is the token of no id. */
export const idOfToken = (token: string): string | undefined => {
  if (ID.test(token)) return token
  if (!token.includes("%")) return undefined
  try {
    const id = decodeURIComponent(token)
    // Every id has one token, so that no two subjects are of the same actor.
    return faultOf(id) === undefined && tokenOf(id) === token ? id : undefined
  } catch {
    return undefined
  }
}

/** The id whose token this is. Throws `Invalid` for anything else. */
export const checkIdToken = (token: string): string => {
  const id = idOfToken(token)
  if (id !== undefined) return id
  const shown = token.length > 40 ? `${token.slice(0, 40)}…` : token
  throw new Invalid({
    message: `${JSON.stringify(shown)} is not the token of an id: spell every byte but A-Z, a-z, ` +
      `0-9, "_" and "-" as %XX, and 1 to ${ID_CHARACTERS} characters in all`,
    issues: [{ path: "id", message: "Expected an id as one token of a subject" }],
  })
}
