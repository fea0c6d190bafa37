/**
 * The headers that a seal covers: those that change what a message means. They stand in front of
 * the claims, in the same header, because earlier versions of the code seal and check the whole of
 * it.
 */
import { HEADER } from "../header.ts"
import type { Headers } from "../wire.ts"
import { escaped } from "./user.ts"

/** The names of these headers. Others may change on the way, or are the sender's own words. */
export const SEALED = {
  command: [HEADER.contentType, HEADER.expectedVersion, HEADER.deadline, HEADER.askedSince],
  // Its deadline is sealed in the place of the id that it does not have.
  question: [HEADER.contentType, HEADER.after, HEADER.newerThan],
} as const

/** The beginning of the claims' header. A member with a colon is no claim of an issuer. */
const OPENING = '{"leftfold:sealed":'

/** What JSON cannot hold as it is, what a header cannot hold, and what stands between values. */
const UNSAFE = /[^ !#-[\]-{}~]/g

const shown = (value: string | undefined): string => value?.replace(UNSAFE, escaped) ?? ""

// The values are joined one by one: a loop over the names takes three times as long.

const ofCommand = (headers: Headers): string =>
  shown(headers[HEADER.deadline]) + "|" + shown(headers[HEADER.expectedVersion]) + "|" +
  shown(headers[HEADER.askedSince]) + "|" + shown(headers[HEADER.contentType])

const ofQuestion = (headers: Headers): string =>
  shown(headers[HEADER.after]) + "|" + shown(headers[HEADER.newerThan]) + "|" +
  shown(headers[HEADER.contentType])

/** The headers of a message as the beginning of its claims: one member, without a comma. */
export const sealedPart = (headers: Headers, isCommand: boolean): string =>
  `${OPENING}"${isCommand ? ofCommand(headers) : ofQuestion(headers)}"`

/** The claims of a message, with its headers in front of them. */
export const claimsWith = (part: string, claims = "{}"): string =>
  claims === "{}" ? `${part}}` : `${part},${claims.slice(1)}`

/** Whether headers stand in front of these claims. Earlier versions of the code write none. */
export const hasSealedPart = (claims: string): boolean => claims.startsWith(OPENING)

/** The claims without the headers in front of them. */
export const claimsWithout = (claims: string): string => {
  if (!hasSealedPart(claims)) return claims
  const end = claims.indexOf('"', OPENING.length + 1) + 1
  return claims[end] === "," ? `{${claims.slice(end + 1)}` : "{}"
}
