/** A user: whom a message comes from, what is known of them, and how that travels. */
import { CLAIMS_CHARACTERS, TOKEN } from "../limits.ts"

/** What is known of a user: members of a token, such as `roles` or `email`. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Somebody who has signed in, or a service.
 *
 * ```ts
 * const isStaff = ({ claims }: User): boolean => claims.role === "staff"
 * ```
 */
export interface User {
  /** 1 to 256 printable characters without spaces; stored with events as the principal. */
  readonly id: string
  readonly claims: Claims
}

/** Ids with these beginnings are the system's own. Nobody can sign in under one. */
const RESERVED = /^(leftfold|nats):/

/** The application itself: its own code and its operators. No rule applies to it. */
export const SYSTEM = "leftfold:system"

/** Whether a user is the application itself. */
export const isSystem = ({ id }: User): boolean => id === SYSTEM

/** Whether a person or a service can have this id. */
export const isUserId = (id: unknown): id is string =>
  typeof id === "string" && TOKEN.test(id) && !RESERVED.test(id)

const ESCAPED = /[\u007f-\uffff]/g

/** A character as JSON has it in ASCII. */
export const escaped = (letter: string): string =>
  `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`

/**
 * Claims as a header has them: JSON in ASCII. Throws `TypeError` if they are too long: it is the
 * application that chooses them, so a user is not told that a request is wrong.
 */
export const claimsText = (claims: Claims): string => {
  const text = JSON.stringify(claims).replace(ESCAPED, escaped)
  if (text.length <= CLAIMS_CHARACTERS) return text
  throw new TypeError(
    `the claims of a user may have ${CLAIMS_CHARACTERS} characters as JSON, and these have ` +
      `${text.length}: let \`users\` keep only those that rules need`,
  )
}

const NO_CLAIMS: Claims = Object.freeze({})

/** The claims in a header. Only for a header whose seal fits. */
export const claimsIn = (text: string | undefined): Claims =>
  text === undefined ? NO_CLAIMS : JSON.parse(text) as Claims
