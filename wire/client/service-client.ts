/**
 * The client of other services. It speaks to an application by the names of its contracts, with
 * plain fields. `leftfold types` writes the types.
 */
import { type LiveAnswer, liveAnswers, type LiveOptions } from "./live-answers.ts"
import { asUser } from "./as-user.ts"
import { type Accepted, createPlainClient } from "./plain-client.ts"
import type { QueryOptions } from "./query-options.ts"
import { inboxPrefix } from "../address.ts"
import type { PlainFormat } from "../codec.ts"
import type { EnvelopeOptions } from "../envelope.ts"
import { Names } from "../format/names.ts"
import type { NatsAccess } from "../nats/access-nats.ts"
import { natsWire } from "../nats/wire-nats.ts"
import type { Wire } from "../wire.ts"

/** The types of one contract: the plain fields of each message, by name. */
interface ContractTypes {
  readonly commands: { readonly [type: string]: object }
  readonly rejections: { readonly [type: string]: object }
}

/**
 * The types of an application, by name. `leftfold types` writes them. Without them, any name is
 * accepted.
 *
 * ```ts
 * interface Doors extends AppTypes {
 *   readonly contracts: {
 *     readonly "house.door": {
 *       readonly commands: { readonly Open: { readonly by: string } }
 *       readonly rejections: { readonly AlreadyOpen: Record<never, never> }
 *     }
 *   }
 *   readonly queries: {
 *     readonly "house.doors": {
 *       readonly params: { readonly key: string }
 *       readonly result: { readonly key: string; readonly open: boolean }
 *     }
 *   }
 * }
 * ```
 */
export interface AppTypes {
  readonly contracts: { readonly [contract: string]: ContractTypes }
  readonly queries: {
    readonly [query: string]: { readonly params: object; readonly result: unknown }
  }
}

type NameOf<T> = keyof T & string

/** A rejection of a contract, with its plain fields. */
type RejectionIn<R> = {
  [Type in NameOf<R>]: {
    readonly kind: "rejection"
    readonly type: Type
    readonly data: R[Type]
  }
}[NameOf<R>]

/**
 * A client of an application. Promises reject with a `Failure`: an outage, after which the same
 * command can be sent again with the same id, or a failure that would only be repeated. A rejection
 * is an answer. Made by `connectClient`.
 *
 * ```ts
 * const cancelLate = async ({ ask }: ServiceClient, id: string) => {
 *   const answer = await ask("orders.order", id, "CancelOrder", { reason: "late" })
 *   return answer.kind === "accepted" ? answer.position : answer.type
 * }
 * ```
 */
export interface ServiceClient<T extends AppTypes = AppTypes> {
  /**
   * Sends a command to one actor; resolves once it is stored or rejected. Until its deadline it is
   * sent again, with the same id, while nobody answers.
   */
  readonly ask: <
    Name extends NameOf<T["contracts"]>,
    Type extends NameOf<T["contracts"][Name]["commands"]>,
  >(
    contract: Name,
    id: string,
    type: Type,
    fields: T["contracts"][Name]["commands"][Type],
    options?: EnvelopeOptions,
  ) => Promise<Accepted | RejectionIn<T["contracts"][Name]["rejections"]>>
  /** Asks a query, or a view for the row of a key. */
  readonly query: <Name extends NameOf<T["queries"]>>(
    name: Name,
    params: T["queries"][Name]["params"],
    options?: QueryOptions,
  ) => Promise<{
    readonly result: T["queries"][Name]["result"]
    readonly position: string
    readonly next?: string
  }>
  /** Asks likewise, and again when the views have changed, until the loop or the signal ends it. */
  readonly live: <Name extends NameOf<T["queries"]>>(
    name: Name,
    params: T["queries"][Name]["params"],
    options?: LiveOptions,
  ) => AsyncGenerator<LiveAnswer<T["queries"][Name]["result"]>, void, undefined>
  /** Ends the live queries, and disconnects. */
  readonly close: () => Promise<void>
}

/** How a client of another service connects. */
interface ConnectOptions {
  /** One or more servers as `nats://user:password@host:port`, separated by commas. */
  readonly url: string
  /** The name of the connection in the server's monitoring; by default `client`. */
  readonly name?: string
  /** The certificates of the authority that signs those of the servers; by default the system's. */
  readonly caFile?: string | undefined
  /**
   * What proves who connects, instead of a user and a password in the address: credentials, an
   * nkey, a JWT, a token, or a client's certificate. Files are read again at each connection.
   */
  readonly access?: NatsAccess | undefined
  /**
   * The user of NATS that this service connects as, to be known to the rules as `nats:<user>`: one
   * of the `natsUsers` of the application. Without it, the service is nobody.
   */
  readonly as?: string | undefined
  /** The application's `LEFTFOLD_PREFIX`, if it has one. */
  readonly prefix?: string | undefined
  /** The prefix of reply subjects; by default `_INBOX_<user>`, or `_INBOX` without a user. */
  readonly inboxPrefix?: string | undefined
  /** The format of messages; by default MessagePack. */
  readonly format?: PlainFormat | undefined
}

const prefixOf = (url: string): string | undefined => {
  const [first = ""] = url.split(",")
  const user = URL.canParse(first.trim()) ? new URL(first.trim()).username : ""
  return /^[A-Za-z0-9_-]{1,64}$/.test(user) ? inboxPrefix(user) : undefined
}

/** A client over this wire. Closing the client closes the wire. */
const serviceClient = <T extends AppTypes>(
  wire: Wire,
  format?: PlainFormat,
): ServiceClient<T> => {
  const plain = createPlainClient(wire, format === undefined ? {} : { format })
  const closing = new AbortController()
  const client: ServiceClient = {
    ask: (contract, id, type, fields, options) =>
      plain.askPlain(contract, id, type, fields, options),
    query: (name, params, options) => plain.queryPlain(name, params, options),
    live: (name, params, options = {}) => {
      const { signal } = options
      const both = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
      return liveAnswers(plain, name, params, { ...options, signal: both })
    },
    close: async () => {
      closing.abort()
      await wire.close()
    },
  }
  // The application checks the fields, and its types say what it answers.
  return client as unknown as ServiceClient<T>
}

/**
 * Connects to an application's NATS as another service. Rejects when no server answers. Until a
 * lost connection is back, commands wait for it, each until its deadline; queries fail at once.
 *
 * ```ts
 * const shop = await connectClient({ url: "nats://caller:secret@127.0.0.1:4222" })
 * const answer = await shop.ask("orders.order", "o-1", "CancelOrder", { reason: "late" })
 * const after = answer.kind === "accepted" ? answer.position : undefined
 * await shop.query("orders.order-list", { key: "o-1" }, { after })
 * for await (const { result } of shop.live("orders.order-list", { key: "o-1" })) {
 *   console.log(result)
 * }
 * ```
 */
export const connectClient = async <T extends AppTypes = AppTypes>(
  options: ConnectOptions,
): Promise<ServiceClient<T>> => {
  const { url, name = "client", caFile, access, prefix, format, as } = options
  const { inboxPrefix = prefixOf(url) } = options
  const wire = await natsWire({
    url,
    name,
    caFile,
    access,
    names: new Names({ prefix }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  })
  return serviceClient<T>(as === undefined ? wire : asUser(wire, as), format)
}
