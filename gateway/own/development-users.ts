/** Users for development: names that a request may claim without any proof. */
import { Unauthenticated } from "../../contracts/internal.ts"
import type { Claims } from "../../wire/internal.ts"
import { checkUser, type SignedIn, type Users } from "./users.ts"

/** What a request sends as its `Authorization`, in front of a name. */
const BEARER = /^Bearer +dev:(\S+)$/i

/** What production has to do instead, for each function that was made here. */
const insteads = new WeakMap<Users, string>()

/** What production needs instead of these users; undefined for users who prove who they are. */
export const insteadOfDevelopment = (users: Users | undefined): string | undefined =>
  users && insteads.get(users)

/**
 * Takes these names at their word: a request with `Authorization: Bearer dev:ada` comes from `ada`,
 * with the claims that are given here. A gateway refuses to start with them in production, and on
 * any address but loopback; `instead` tells its operator what to do. Throws `TypeError` for a name
 * that nobody can have.
 *
 * ```ts
 * const users = process.env.SHOP_ISSUER
 *   ? oidc({ issuer: process.env.SHOP_ISSUER, audience: "shop", claims: ["role"] })
 *   : developmentUsers({ ada: {}, staff: { role: "staff" } }, "set SHOP_ISSUER")
 * ```
 */
export const developmentUsers = (
  names: Readonly<Record<string, Claims>>,
  instead = "give it users that prove who they are, such as oidc(…)",
): Users => {
  const known = new Map<string, SignedIn>(
    Object.entries(names).map(([id, claims]) => {
      checkUser(`developmentUsers: "${id}"`, { id, claims })
      return [id, Object.freeze({ id, claims })]
    }),
  )
  const find: Users = (request) => {
    const given = request.headers.get("Authorization")
    if (given === null) return undefined
    const user = known.get(BEARER.exec(given)?.[1] ?? "")
    if (user) return user
    throw new Unauthenticated({
      message: "there is no such user for development: send Authorization: Bearer dev:<name> " +
        `with one of ${[...known.keys()].join(", ")}`,
    })
  }
  const description = `A name without any proof: dev:<name>, with one of ${[...known.keys()]}.`
  const users: Users = Object.assign(find, {
    scheme: { type: "http", scheme: "bearer", description },
  })
  insteads.set(users, instead)
  return users
}
