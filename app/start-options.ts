/** The options of a start: which roles an application runs, and on which servers and addresses. */
import type { DurabilityOptions } from "./operations/durability.ts"
import type { NatsAccess } from "../wire/internal.ts"
import type { Connecting, Role } from "./roles.ts"

/**
 * Which roles to run, and on which servers.
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
  /** `nats://user:password@host:port`, or several separated by commas. */
  readonly natsUrl: string
  /**
   * The same for each role that has its own user, and as `followed` for the logs of other
   * applications, which are read as the role's own user otherwise.
   */
  readonly natsUrls?: { readonly [role in Connecting]?: string | undefined }
  /**
   * What proves to NATS who connects, instead of a user and a password in the address: credentials,
   * an nkey, a JWT, a token, or a client's certificate. Files are read again at each connection.
   */
  readonly natsAccess?: NatsAccess | undefined
  /** The same for each role that has its own user. */
  readonly natsAccesses?: { readonly [role in Connecting]?: NatsAccess | undefined } | undefined
  /**
   * One word in front of the names of all subjects, streams, buckets, services and users, so that
   * staging and production, or several applications, share an account of NATS. Each needs a
   * database of its own.
   */
  readonly prefix?: string | undefined
  /**
   * The prefix of the applications whose logs are followed, where it is not this one's; `-` if they
   * have none.
   */
  readonly followedPrefix?: string | undefined
  /** The JetStream domain of the streams, when NATS is reached through a leaf node of another. */
  readonly natsDomain?: string | undefined
  /** The certificates of the authority that signs those of NATS; requires encrypted connections. */
  readonly natsCaFile?: string | undefined
  /** `postgres://user:password@host:port/database`; only the role `projections` uses it. */
  readonly databaseUrl: string
  /** The same for a user that can only read. Queries run as this user. */
  readonly queriesUrl?: string | undefined
  /** The gateway's port; 0 takes any free port. */
  readonly port?: number
  /** The address of the gateway and the probes. The default 127.0.0.1 admits only this machine. */
  readonly host?: string
  /**
   * The hosts that the gateway answers for. While it listens only on loopback, this machine's own
   * names are added. On any other address, it answers for all hosts unless some are given.
   */
  readonly hosts?: readonly string[] | undefined
  /** Origins whose web pages may send commands, in addition to pages that the gateway serves. */
  readonly origins?: readonly string[] | undefined
  /**
   * How long the gateway still takes requests once the application is asked to stop, in
   * milliseconds; 0 by default. Meanwhile `/healthz` and `/readyz` say that it is not ready.
   */
  readonly drainMs?: number | undefined
  /**
   * How long requests in flight have after that, in milliseconds; 20 seconds by default. Those that
   * take longer are answered 503.
   */
  readonly graceMs?: number | undefined
  /** The port of `/livez` and `/healthz`, for any roles. Without a port they are not served. */
  readonly healthPort?: number | undefined
  /**
   * The gateway reports the state of all roles to clients that send this token. Other clients learn
   * only whether all roles are ready.
   */
  readonly healthToken?: string | undefined
  /** The roles of this process; all by default. */
  readonly roles?: readonly Role[]
  /**
   * The keys that seal principals: the first one seals, and all are accepted. They must be the same
   * for every process that runs actors, projections or policies, or signs users in. Without keys no
   * command can carry a principal, and an application with users runs in one process only.
   */
  readonly principalKeys?: readonly string[] | undefined
  /**
   * Whether somebody who has not signed in is the application's `developmentUser`. Never say so
   * where strangers reach the gateway or NATS.
   */
  readonly developmentUser?: boolean | undefined
  /** The bounded contexts whose actors, views and policies this process runs; all by default. */
  readonly contexts?: readonly string[] | undefined
}
