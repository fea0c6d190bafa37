/** Users: how a gateway finds out who sends a request. */
import { Unauthenticated } from "../../contracts/internal.ts"
import { type Claims, isUserId, type User } from "../../wire/internal.ts"

/**
 * Somebody who has signed in.
 *
 * ```ts
 * const ada: SignedIn = { id: "ada", claims: { role: "staff" }, expires: new Date("2030-01-01") }
 * ```
 */
export interface SignedIn {
  /** 1 to 256 printable characters without spaces. */
  readonly id: string
  /** What rules and `decide` know of the user: up to 4,096 characters as JSON. */
  readonly claims?: Claims | undefined
  /** When this must be proved again. Live streams end then. */
  readonly expires?: Date | undefined
}

/**
 * Finds out who sends a request: a user, or undefined for somebody who does not say. Throw
 * `Unauthenticated` for a proof that does not hold: the answer is 401.
 *
 * ```ts
 * const users: Users = Object.assign((request: Request) => {
 *   const id = request.headers.get("X-Staff")
 *   return id === null ? undefined : { id, claims: { role: "staff" } }
 * }, { scheme: { type: "apiKey", in: "header", name: "X-Staff" } })
 * ```
 */
export interface Users {
  (request: Request): SignedIn | undefined | Promise<SignedIn | undefined>
  /** How users prove who they are, as OpenAPI describes it: a security scheme. */
  readonly scheme?: Readonly<Record<string, unknown>>
}

/** Throws `TypeError` for what is no user, or has an id that nobody can have. */
export const checkUser = (what: string, given: SignedIn | User): void => {
  if (isUserId(given?.id)) return
  throw new TypeError(
    `${what} needs an id of 1 to 256 printable characters without spaces, which does not begin ` +
      'with "leftfold:" or "nats:"',
  )
}

/** A user whom a gateway has found, and when the proof ends, in milliseconds since 1970. */
export interface Found {
  readonly principal: string
  readonly claims: Claims
  readonly until: number
}

const NO_CLAIMS: Claims = Object.freeze({})

/**
 * The sender of a request; undefined for somebody who does not say. Rejects with
 * `Unauthenticated` for a proof that has ended, and as the application's function does.
 */
export const foundUser = async (users: Users, request: Request): Promise<Found | undefined> => {
  const given = await users(request) ?? undefined
  if (given === undefined) return undefined
  checkUser("what users returned", given)
  const { id, claims = NO_CLAIMS, expires } = given
  const until = expires === undefined ? Infinity : expires.getTime()
  if (Number.isNaN(until)) throw new TypeError("what users returned expires at no time")
  if (until > Date.now()) return { principal: id, claims, until }
  throw new Unauthenticated({ message: "the sign-in has ended: sign in again" })
}
