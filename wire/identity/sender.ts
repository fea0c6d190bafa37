/** The sender of a message, as its seal says. */
import { Forbidden } from "../../contracts/plain.ts"
import { HEADER } from "../header.ts"
import type { Incoming } from "../wire.ts"
import { principalProblem, type PrincipalSeals } from "./principal-seal.ts"
import { claimsWithout } from "./sealed-headers.ts"
import { claimsIn, type User } from "./user.ts"

/**
 * The user who has sent a message, as its seal says; undefined for nobody in particular. Throws
 * `Forbidden` for a principal or claims without a seal that fits.
 */
export const userOfMessage = (
  seals: PrincipalSeals | undefined,
  message: Incoming,
): User | undefined => {
  const { [HEADER.principal]: id, [HEADER.claims]: claims } = message.headers
  if (id === undefined) {
    if (claims === undefined) return undefined
    throw new Forbidden({ message: `${HEADER.claims} is not taken without ${HEADER.principal}` })
  }
  const problem = principalProblem(seals, message)
  if (problem) throw problem
  return { id, claims: claimsIn(claims === undefined ? undefined : claimsWithout(claims)) }
}
