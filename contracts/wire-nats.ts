/**
 * The wire over NATS: one reply inbox for all requests of a connection, one timer for all
 * deadlines, and neither a promise nor a stack trace per message.
 */
import { connect, type Msg, type MsgHdrs, type NatsConnection } from "nats"
import { Deadlines } from "./deadlines.ts"
import type { Headers, Incoming, Reply, Serving, Wire } from "./wire.ts"
import { NO_HEADERS } from "./wire.ts"

/** How to reach NATS. */
export interface NatsOptions {
  /** One or more servers, as `nats://user:password@host:port`, separated by commas. */
  readonly url: string
  /** What the server's monitoring calls this connection. */
  readonly name: string
  /** The first tokens of this connection's reply subjects; a role that others must not read. */
  readonly inboxPrefix?: string
}

/** A wire over NATS, with the connection under it for what only drivers need. */
export interface NatsWire extends Wire {
  readonly connection: NatsConnection
}

const STATUS_LINE = "NATS/1.0\r\n"
const utf8 = new TextEncoder()

type EncodedHeaders = MsgHdrs & { readonly size: number }

/** Headers that are already bytes; `publish` of the client library only ever calls `encode`. */
const headerBytes = (headers: Headers): EncodedHeaders | undefined => {
  let text = STATUS_LINE
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  if (text === STATUS_LINE) return undefined
  const bytes = utf8.encode(`${text}\r\n`)
  return { encode: () => bytes, size: bytes.length } as unknown as EncodedHeaders
}

/** The headers of a message; the status line of the server's own answers is there as `Status`. */
const headersOf = (message: Msg): Headers => {
  const { headers } = message
  if (!headers) return NO_HEADERS
  const all: Record<string, string> = {}
  for (const [name, values] of headers) all[name] = values[0] ?? ""
  if (headers.code > 0) {
    all.Status = String(headers.code)
    all.Description = headers.description
  }
  return all
}

/** Options of `connect` that differ from the client's own, because acked data and callers' deadlines matter more here. */
const connectionOptions = ({ url, name, inboxPrefix }: NatsOptions) => {
  const servers = url.split(",").map((server) => new URL(server.trim()))
  const [first] = servers
  return {
    servers: servers.map(({ host }) => host),
    ...(first?.username ? { user: decodeURIComponent(first.username) } : {}),
    ...(first?.password ? { pass: decodeURIComponent(first.password) } : {}),
    ...(inboxPrefix ? { inboxPrefix } : {}),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    pingInterval: 5_000,
    noAsyncTraces: true,
  }
}

/** Connects to NATS. Rejects when no server answers. */
export const natsWire = async (options: NatsOptions): Promise<NatsWire> => {
  const connection = await connect(connectionOptions(options))
  const prefix = `${options.inboxPrefix ?? "_INBOX"}.${crypto.randomUUID().replaceAll("-", "")}`
  return new ConnectedWire(connection, prefix)
}

class ConnectedWire implements NatsWire {
  readonly connection: NatsConnection
  readonly #prefix: string
  readonly #replies: string
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  readonly #listeners = new Set<(connected: boolean) => void>()
  readonly #deadlines = new Deadlines((token) => this.#settle(token, { type: "timeout" }))
  #connected = true
  #token = 0
  #inboxes = 0

  constructor(connection: NatsConnection, prefix: string) {
    this.connection = connection
    this.#prefix = prefix
    this.#replies = `${prefix}.r.`
    connection.subscribe(`${this.#replies}*`, {
      callback: (_error, message) => this.#reply(message),
    })
    void this.#watch()
  }

  request: Wire["request"] = (subject, payload, headers, timeoutMs, done) => {
    if (!this.#connected || this.connection.isClosed()) {
      return queueMicrotask(() => done({ type: "disconnected" }))
    }
    const encoded = headerBytes(headers)
    if (!this.#fits(payload, encoded)) return queueMicrotask(() => done({ type: "too-large" }))
    const token = this.#token++
    const reply = this.#replies + token.toString(36)
    this.#waiting.set(token, done)
    this.#deadlines.add(token, timeoutMs)
    this.connection.publish(subject, payload, encoded ? { reply, headers: encoded } : { reply })
  }

  publish: Wire["publish"] = (subject, payload, reply) => {
    if (!this.#connected) return
    this.connection.publish(subject, payload, reply ? { reply } : undefined)
  }

  serve: Wire["serve"] = (subject, handler, queue): Serving => {
    const callback = (error: Error | null, message: Msg) => {
      if (!error) handler(this.#incoming(message))
    }
    const subscription = this.connection.subscribe(subject, {
      callback,
      ...(queue === undefined ? {} : { queue }),
    })
    return { close: () => subscription.unsubscribe() }
  }

  inbox = () => `${this.#prefix}.i.${(this.#inboxes++).toString(36)}`

  connected = () => this.#connected

  maxPayload = () => this.connection.info?.max_payload ?? 1_048_576

  onStatus = (listener: (connected: boolean) => void): Serving => {
    this.#listeners.add(listener)
    return { close: () => this.#listeners.delete(listener) }
  }

  close = async () => {
    this.#deadlines.clear()
    if (!this.connection.isClosed()) {
      await (this.#connected ? this.connection.drain() : this.connection.close())
    }
    this.#changeTo(false)
  }

  #incoming(message: Msg): Incoming {
    const respond = (payload: Uint8Array, headers: Headers = NO_HEADERS) => {
      if (!this.#connected || !message.reply) return
      const encoded = headerBytes(headers)
      if (!this.#fits(payload, encoded)) return
      this.connection.publish(
        message.reply ?? "",
        payload,
        encoded ? { headers: encoded } : undefined,
      )
    }
    return {
      subject: message.subject,
      payload: message.data,
      headers: headersOf(message),
      reply: message.reply ?? "",
      respond,
    }
  }

  #fits(payload: Uint8Array, headers: EncodedHeaders | undefined): boolean {
    return payload.length + (headers?.size ?? 0) <= this.maxPayload()
  }

  #reply(message: Msg): void {
    const token = Number.parseInt(message.subject.slice(this.#replies.length), 36)
    const headers = headersOf(message)
    if (headers.Status === "503" && message.data.length === 0) {
      return this.#settle(token, { type: "no-responders" })
    }
    this.#settle(token, { type: "reply", payload: message.data, headers })
  }

  #settle(token: number, reply: Reply): void {
    const done = this.#waiting.get(token)
    if (!done) return
    this.#waiting.delete(token)
    done(reply)
  }

  #changeTo(connected: boolean): void {
    if (this.#connected === connected) return
    this.#connected = connected
    if (!connected) {
      for (const token of [...this.#waiting.keys()]) {
        this.#settle(token, { type: "disconnected" })
      }
    }
    for (const listener of this.#listeners) listener(connected)
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === "disconnect" || type === "staleConnection" || type === "close") {
        this.#changeTo(false)
      }
      if (type === "reconnect") this.#changeTo(true)
    }
    this.#changeTo(false)
  }
}
