/** The language of users: their roles, as the claim `role` names them. Others are customers. */
import type { User } from "leftfold/app"

type Known = Pick<User, "claims">

/** Whether somebody works for the shop. */
export const isStaff = ({ claims }: Known): boolean => claims.role === "staff"

/** Whether a user is a service that reports to the shop: the payment provider, or the carrier. */
const isService = ({ claims }: Known): boolean => claims.role === "service"

/** For rules that admit only staff. */
export const staff = ({ user }: { readonly user: Known }): boolean => isStaff(user)

/** For rules that admit services, and staff in their place. */
export const services = ({ user }: { readonly user: Known }): boolean =>
  isService(user) || isStaff(user)

/** For the rules of an actor that only staff may read. */
export const readByStaff = { state: staff, history: staff }
