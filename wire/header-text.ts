/** Headers as text, as NATS carries them between the status line and the payload. */
import { HEADER } from "./header.ts"
import type { Headers } from "./wire.ts"
import { OTHER_HEADERS } from "./limits.ts"

const STATUS_LINE = "NATS/1.0"

/** A value without line breaks, which would smuggle in another header. */
const onOneLine = (value: string): string =>
  /[\r\n]/.test(value) ? value.replace(/[\r\n]+/g, " ") : value

/** Headers with their status line and the empty line after them; empty text without headers. */
export const encodeHeaders = (headers: Headers): string => {
  let text = ""
  for (const name in headers) text += `\r\n${name}: ${onOneLine(headers[name] ?? "")}`
  return text === "" ? "" : `${STATUS_LINE}${text}\r\n\r\n`
}

/** Names that only a server's status line can set. Headers with these names are ignored. */
export const OF_STATUS: ReadonlySet<string> = new Set(["Status", "Description"])

/** Frequent names by their length, so that they are recognized without allocating a text. */
const KNOWN: string[][] = []
for (const name of [...Object.values(HEADER), "Nats-Sequence"]) {
  ;(KNOWN[name.length] ??= []).push(name)
}

const knownAt = (text: string, begin: number, end: number): string | undefined => {
  const sameLength = KNOWN[end - begin]
  if (sameLength === undefined) return undefined
  for (const known of sameLength) if (text.startsWith(known, begin)) return known
  // Another client may write the name in other cases: names of headers are the same in any.
  const lower = text.slice(begin, end).toLowerCase()
  return sameLength.find((known) => known.toLowerCase() === lower)
}

/** A header's name as we write it, if it is one that we use; any other name as it is. */
export const ownName = (name: string): string => knownAt(name, 0, name.length) ?? name

/** Headers as the other side receives them. If a name repeats, its first value counts. */
export const travelled = (headers: Headers): Headers => {
  const all: Record<string, string> = {}
  for (const [given, value] of Object.entries(headers)) {
    const name = ownName(given)
    if (!OF_STATUS.has(name) && !Object.hasOwn(all, name)) all[name] = onOneLine(value).trim()
  }
  return all
}

const SPACE = 32

/** The value between two offsets. Most values have one space before them and none after. */
const valueAt = (text: string, begin: number, end: number): string => {
  const from = text.charCodeAt(begin) === SPACE ? begin + 1 : begin
  const plain = text.charCodeAt(from) > SPACE && text.charCodeAt(end - 1) > SPACE
  return plain ? text.slice(from, end) : text.slice(from, end).trim()
}

/**
 * The headers in a text, with the code and the words of the status line as `Status` and
 * `Description`. If a name repeats, its first value counts. Of names that we do not use, only the
 * first 64 are read, because a message can bring a hundred thousand.
 */
export const decodeHeaders = (text: string): Headers => {
  const all: Record<string, string> = {}
  let at = text.indexOf("\r\n")
  if (at > STATUS_LINE.length) {
    const status = text.slice(STATUS_LINE.length, at).trim()
    all.Status = status.slice(0, 3)
    all.Description = status.slice(3).trim()
  }
  let others = 0
  for (at += 2; at > 1 && at < text.length;) {
    const end = text.indexOf("\r\n", at)
    const colon = text.indexOf(":", at)
    if (end < 0 || colon < 0 || colon > end) break
    const known = knownAt(text, at, colon)
    if (known !== undefined || others++ < OTHER_HEADERS) {
      const name = known ?? text.slice(at, colon)
      if (!Object.hasOwn(all, name) && !OF_STATUS.has(name)) {
        all[name] = valueAt(text, colon + 1, end)
      }
    }
    at = end + 2
  }
  return all
}
