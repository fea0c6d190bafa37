/** Headers as text, as NATS carries them between the status line and the payload. */
import { HEADER } from "./envelope.ts"
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

/** Headers as the other side receives them. */
export const travelled = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OF_STATUS.has(name))
      .map(([name, value]) => [name, onOneLine(value).trim()]),
  )

/** Frequent names by their length, so that they are recognized without allocating a text. */
const KNOWN: string[][] = []
for (const name of [...Object.values(HEADER), "Nats-Sequence"]) {
  ;(KNOWN[name.length] ??= []).push(name)
}

const knownAt = (text: string, begin: number, end: number): string | undefined => {
  for (const known of KNOWN[end - begin] ?? []) if (text.startsWith(known, begin)) return known
  return undefined
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
