/** Makes what a policy wants, and names the policy when that is impossible. */
import { messageOf } from "../../contracts/internal.ts"
import { Broken } from "./broken.ts"

/** What `make` returns. Throws `Broken`, which names the policy and its cause, when it throws. */
export const sentBy = <T>(policy: string, where: string, make: () => T): T => {
  try {
    return make()
  } catch (error) {
    const message = `${policy} wants something impossible ${where}: ${messageOf(error)}`
    throw new Broken("contract", policy, message, error)
  }
}
