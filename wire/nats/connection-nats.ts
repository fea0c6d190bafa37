/** The options of a connection to NATS, as the client library takes them. */
import type { ConnectionOptions, TlsOptions } from "nats"
import type { Names } from "../format/names.ts"
import { CONNECT_MS } from "../limits.ts"
import { authenticatorOf, type NatsAccess } from "./access-nats.ts"

/** The address of NATS, and the options of a connection. */
export interface NatsOptions {
  /**
   * One or more servers as `nats://user:password@host:port`, separated by commas. `tls://` requires
   * encryption. A name without a password is a token, as it is for the tools of NATS.
   */
  readonly url: string
  /** The name of this connection in the server's monitoring. */
  readonly name: string
  /** The prefix of this connection's reply subjects, such as `_INBOX_<user>`. */
  readonly inboxPrefix?: string
  /** The certificates of the authority that signs those of the servers; by default the system's. */
  readonly caFile?: string | undefined
  /** How subjects and streams are called on the servers; by default as in the code. */
  readonly names?: Names | undefined
  /** What else proves who connects: credentials, an nkey, a JWT, a token, a certificate. */
  readonly access?: NatsAccess | undefined
}

/** Certificates and keys are read again from their files at each connection. */
const tlsOf = (
  servers: readonly URL[],
  { caFile, access: { certFile, keyFile } = {} }: NatsOptions,
): TlsOptions | undefined => {
  const isSecure = caFile !== undefined || certFile !== undefined ||
    servers.some(({ protocol }) => protocol === "tls:")
  if (!isSecure) return undefined
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined || keyFile === undefined ? {} : { certFile, keyFile }),
  }
}

/** A user and a password, or a token: a server takes the one that it knows. */
const userOf = (username: string, password: string): ConnectionOptions => {
  if (username === "") return {}
  const user = decodeURIComponent(username)
  return password === "" ? { user, token: user } : { user, pass: decodeURIComponent(password) }
}

/** The client's options. Its defaults notice a lost server late and stop reconnecting. */
export const connectionOptions = (options: NatsOptions): ConnectionOptions => {
  const { url, name, inboxPrefix, access = {} } = options
  const servers = url.split(",").map((server) => new URL(server.trim()))
  const owner = servers.find(({ username }) => username !== "")
  const authenticator = authenticatorOf(access)
  const tls = tlsOf(servers, options)
  return {
    servers: servers.map(({ host }) => host),
    ...(owner ? userOf(owner.username, owner.password) : {}),
    ...(access.token === undefined ? {} : { token: access.token }),
    ...(authenticator ? { authenticator } : {}),
    ...(inboxPrefix ? { inboxPrefix } : {}),
    // Then a server without encryption is refused before the password is sent.
    ...(tls ? { tls } : {}),
    name,
    // Credentials can be renewed after the server has refused the old ones a second time.
    ignoreAuthErrorAbort: true,
    // A server that refuses a client's certificate says so in a way that the client does not hear.
    timeout: CONNECT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    pingInterval: 5_000,
    noAsyncTraces: true,
  }
}
