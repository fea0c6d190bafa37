/** Preconditions of a request (RFC 9110, section 13): the entity tags of an actor or an answer. */
import { createHash } from "node:crypto"
import { Invalid } from "../contracts/internal.ts"
import { CONDITION_VERSIONS, type ExpectedVersion, versionCondition } from "../wire/internal.ts"

/** An entity tag: its text without the quotes. */
interface Tag {
  readonly weak: boolean
  readonly value: string
}

/** What `If-Match` or `If-None-Match` lists; `*` stands for any. */
type Tags = "*" | readonly Tag[]

/**
 * One element of a list: a tag, or nothing, and the comma or the end behind it. Spaces match in one
 * way only: otherwise many of them take time by the square of their number.
 */
const ELEMENT = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/gy

const malformed = (header: string) => {
  const message = 'Expected tags in quotes, such as "3", or "3", "4", or *'
  return new Invalid({ message: `${header}: ${message}`, issues: [{ path: header, message }] })
}

/** The tags in a header; undefined without the header. Throws `Invalid` if it is malformed. */
const tagsIn = (header: string, text: string | undefined): Tags | undefined => {
  if (text === undefined) return undefined
  if (text.trim() === "*") return "*"
  const tags: Tag[] = []
  ELEMENT.lastIndex = 0
  while (ELEMENT.lastIndex < text.length) {
    const found = ELEMENT.exec(text)
    if (!found) throw malformed(header)
    const [, weak, value] = found
    if (value !== undefined) tags.push({ weak: weak !== undefined, value })
    if (tags.length > CONDITION_VERSIONS) {
      const message = `Expected at most ${CONDITION_VERSIONS} tags`
      throw new Invalid({ message: `${header}: ${message}`, issues: [{ path: header, message }] })
    }
  }
  return tags
}

const VERSION = /^(?:0|[1-9]\d{0,14})$/

/** The versions among tags. Other tags are those of no actor. */
const versionsOf = (tags: Tags): "*" | readonly number[] =>
  tags === "*" ? tags : tags.flatMap(({ value }) => VERSION.test(value) ? [Number(value)] : [])

/** A weak tag is like no other where bytes must be the same, as `If-Match` asks. */
const strong = (tags: Tags): Tags => tags === "*" ? tags : tags.filter(({ weak }) => !weak)

/** The headers of a request by name. */
type HeaderOf = (name: string) => string | undefined

/**
 * The version that a command's actor must be at, as `If-Match` and `If-None-Match` say. Throws
 * `Invalid` for a malformed header.
 */
export const expectedVersionOf = (headerOf: HeaderOf): ExpectedVersion | undefined => {
  const match = tagsIn("If-Match", headerOf("If-Match"))
  const none = tagsIn("If-None-Match", headerOf("If-None-Match"))
  return versionCondition(match && versionsOf(strong(match)), none && versionsOf(none))
}

/** The entity tag of an answer without a version: the same for the same text. */
export const tagOf = (text: string | Uint8Array): string =>
  createHash("sha1").update(text).digest("base64url")

/**
 * What a read with these headers is answered: 200, 412 if `If-Match` does not hold, or 304 if
 * `If-None-Match` says that the client has this answer. `exists` is whether there is anything to
 * match with `*`. Throws `Invalid` for a malformed header.
 */
export const readStatus = (headerOf: HeaderOf, tag: string, exists = true): 200 | 304 | 412 => {
  const match = tagsIn("If-Match", headerOf("If-Match"))
  const none = tagsIn("If-None-Match", headerOf("If-None-Match"))
  const isIn = (tags: Tags) => tags === "*" ? exists : tags.some(({ value }) => value === tag)
  if (match && !isIn(strong(match))) return 412
  return none && isIn(none) ? 304 : 200
}
