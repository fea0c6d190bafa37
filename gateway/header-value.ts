/** Values of HTTP headers that are lists, parsed as RFC 9110 says. */
import { parseMediaType } from "../wire/internal.ts"

/** The elements of a list. A comma within quotes separates nothing. */
const elementsOf = (text: string): readonly string[] => {
  const elements: string[] = []
  let [from, quoted] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (character === "\\" && quoted) at++
    else if (character === "," && !quoted) {
      elements.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...elements, text.slice(from)]
}

/** A content coding and its quality. */
const CODING = /^[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*(?:;[ \t]*q=([0-9.]{1,5})[ \t]*)?$/i

const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/** The quality of each type, from 0 to 1. Malformed elements are ignored. */
const qualitiesOf = (accept: string): ReadonlyMap<string, number> => {
  const qualities = new Map<string, number>()
  for (const element of elementsOf(accept)) {
    const range = parseMediaType(element)
    const quality = range?.parameters.get("q") ?? "1"
    if (range && QUALITY.test(quality)) qualities.set(range.type, Number(quality))
  }
  return qualities
}

/**
 * Whether an `Accept` asks for a stream of events: it names that type, and prefers it to JSON. Of
 * the ranges that JSON is in, the most specific counts. If both are wanted as much, the one that is
 * named is preferred to one that is only in a range, and JSON to a stream.
 */
export const wantsEvents = (accept: string | undefined): boolean => {
  if (accept === undefined || !/event-stream/i.test(accept)) return false
  const qualities = qualitiesOf(accept)
  const events = qualities.get("text/event-stream") ?? 0
  const named = qualities.get("application/json")
  if (named !== undefined) return events > named
  return events > 0 && events >= (qualities.get("application/*") ?? qualities.get("*/*") ?? 0)
}

/** Whether an `Accept` names Protobuf, and wants it at least as much as JSON. */
export const prefersProtobuf = (accept: string | undefined): boolean => {
  if (accept === undefined || !/protobuf/i.test(accept)) return false
  const qualities = qualitiesOf(accept)
  const protobuf = qualities.get("application/protobuf") ?? 0
  return protobuf > 0 && protobuf >= (qualities.get("application/json") ?? 0)
}

/** Whether an `Accept-Encoding` rules out an answer as it is, without any coding. */
export const refusesPlain = (codings: string | undefined): boolean => {
  if (codings === undefined || !/;[ \t]*q=0/i.test(codings)) return false
  const qualities = new Map<string, boolean>()
  for (const element of elementsOf(codings)) {
    const [, name, quality = "1"] = CODING.exec(element) ?? []
    if (name === undefined) continue
    qualities.set(name.toLowerCase(), QUALITY.test(quality) && Number(quality) === 0)
  }
  return qualities.get("identity") ?? qualities.get("*") ?? false
}

const WAIT = /^[ \t]*wait[ \t]*=[ \t]*"?(\d{1,9})"?[ \t]*(?:;|$)/i

/** The `wait` of a `Prefer` (RFC 7240), in seconds. The first one counts. */
export const preferredWait = (prefer: string | undefined): number | undefined => {
  if (prefer === undefined) return undefined
  for (const element of elementsOf(prefer)) {
    const seconds = WAIT.exec(element)?.[1]
    if (seconds !== undefined) return Number(seconds)
  }
  return undefined
}
