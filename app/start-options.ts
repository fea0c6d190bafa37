/** The options of a start: on which servers an application runs, as what, and where it listens. */
import type { DurabilityOptions } from "./operations/durability.ts"
import type { Role } from "./roles.ts"

/**
 * Where to run what.
 *
 * ```ts
 * const options: StartOptions = {
 *   natsUrl: "nats://127.0.0.1:4222",
 *   databaseUrl: "postgres://shop:secret@127.0.0.1:5432/shop",
 *   port: 8080,
 * }
 * const app = await App.start(shop, options)
 * ```
 */
export interface StartOptions extends DurabilityOptions {
  /** `nats://user:password@host:port`, several separated by commas. */
  readonly natsUrl: string
  /** The same for roles that have users of their own. */
  readonly natsUrls?: { readonly [role in Role]?: string | undefined }
  /** A file of certificates that sign those of NATS; with it connections must be encrypted. */
  readonly natsCaFile?: string | undefined
  /** `postgres://user:password@host:port/database`; needed by the role `projections` alone. */
  readonly databaseUrl: string
  /** The same for a user that may only read, as which queries are answered. */
  readonly queriesUrl?: string | undefined
  /** The gateway's port; 0 takes any that is free. */
  readonly port?: number
  /** The address that the gateway and the probes listen on: 127.0.0.1, and so nobody else. */
  readonly host?: string
  /**
   * The hosts that the gateway answers for. While it listens on loopback alone, this machine's own
   * names are added; on any other address it answers for all hosts unless this names some.
   */
  readonly hosts?: readonly string[] | undefined
  /** Web pages of these origins may send commands, besides those that the gateway serves. */
  readonly origins?: readonly string[] | undefined
  /** The port of `/livez` and `/healthz`, for any set of roles; without it, they are not served. */
  readonly healthPort?: number | undefined
  /**
   * The gateway tells a client with this token the state of all roles, and others only whether all
   * is ready.
   */
  readonly healthToken?: string | undefined
  /** What this process does; everything when it does not say. */
  readonly roles?: readonly Role[]
  /**
   * The keys that principals are sealed with: the first seals, each is taken. The same for all that
   * run actors or policies, or sign in. Without keys nobody can ask on somebody's behalf.
   */
  readonly principalKeys?: readonly string[] | undefined
  /** The bounded contexts whose actors, views and policies this process runs; all unless told. */
  readonly contexts?: readonly string[] | undefined
}
