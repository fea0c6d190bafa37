/** The users of the shop: those of an issuer, or in development four names. */
import { developmentUsers, oidc, type User, type Users } from "leftfold/app"

/** How a page signs in: at an issuer as one of its clients, or by one of these names. */
export type SignIn =
  | { readonly issuer: string; readonly client: string }
  | { readonly names: readonly string[] }

/** The users of a shop, and how its page signs them in. */
export interface Identity {
  readonly users: Users
  readonly signIn: SignIn
}

/** The settings of the shop's own. */
interface Settings {
  /** The issuer of the tokens, such as `https://id.example.org`. */
  readonly SHOP_ISSUER?: string | undefined
  /** The name of the shop at the issuer, for which tokens must be; by default `shop`. */
  readonly SHOP_AUDIENCE?: string | undefined
  /** The name of the page as a client of the issuer; by default that of the shop. */
  readonly SHOP_CLIENT?: string | undefined
}

const names: Readonly<Record<string, User["claims"]>> = {
  ada: {},
  bob: {},
  staff: { role: "staff" },
  service: { role: "service" },
}

/**
 * Users by the tokens of an issuer, whose claim `role` is `staff`, `service`, or absent. Without an
 * issuer a name is enough, `Bearer dev:ada`, but not in production.
 */
export const identityIn = (
  { SHOP_ISSUER: issuer, SHOP_AUDIENCE, SHOP_CLIENT }: Settings,
): Identity => {
  if (!issuer) {
    return {
      users: developmentUsers(names, "set SHOP_ISSUER to the issuer of the shop's tokens"),
      signIn: { names: Object.keys(names) },
    }
  }
  const audience = SHOP_AUDIENCE || "shop"
  return {
    users: oidc({ issuer, audience, claims: ["role"] }),
    signIn: { issuer, client: SHOP_CLIENT || audience },
  }
}

/** Under `npm start`, everybody who does not say who they are. */
export const developmentUser: User = { id: "staff", claims: { role: "staff" } }
