/**
 * The wire over NATS: one reply inbox for all requests of a connection, one timer for all
 * deadlines, and neither a promise nor a stack trace per message.
 */
import { connect, type Msg, type NatsConnection } from "nats"
import { isInbox } from "../address.ts"
import { connectionOptions, type NatsOptions } from "./connection-nats.ts"
import { Deadlines } from "./deadlines.ts"
import { encodeHeaders } from "../header-text.ts"
import { isServiceSubject, isStreamAnswer } from "./stream-answer.ts"
import { isOfNats, type Names, PLAIN_NAMES } from "../format/names.ts"
import { headersOf, NatsIncoming, type Receiving, subjectOf } from "./incoming-nats.ts"
import { senderOf } from "./client-internals.ts"
import { Outbox, type Sends } from "./outbox-nats.ts"
import { PublicOutbox } from "./public-outbox-nats.ts"
import { within } from "../pause.ts"
import { callBack, limited, reportError, reportWarning } from "../report.ts"
import type { Incoming, Reply, Served, Serving, Wire } from "../wire.ts"
import { REFUSALS_LOGGED_MS, SERVER_ERRORS_LOGGED, SERVER_ERRORS_LOGGED_MS } from "../limits.ts"

/** A wire over NATS, with its connection, which only drivers use. */
export interface NatsWire extends Wire {
  readonly connection: NatsConnection
}

/** What the library's managers of JetStream need to reach the streams of a wire. */
export const jetStreamOptions = ({ names: { domain } }: Pick<NatsWire, "names">) => ({
  checkAPI: false,
  ...(domain === "" ? {} : { domain }),
})

/** How long `close` waits for messages in flight, in milliseconds. */
const CLOSE_GRACE_MS = 2_000

/** An empty subject, or one with white space, which would end the subject in the protocol. */
const NO_SUBJECT = /^$|[\0-\x20]/

/**
 * Connects to NATS. Rejects when no server answers, and with `TypeError` when `inboxPrefix` is not
 * a prefix of inboxes, or a file of `access` cannot be used.
 */
export const natsWire = async (options: NatsOptions): Promise<NatsWire> => {
  const { inboxPrefix } = options
  if (inboxPrefix !== undefined && !isInbox(`${inboxPrefix}.x`)) {
    throw new TypeError(`"${inboxPrefix}" is no prefix of inboxes: use _INBOX or _INBOX_<user>`)
  }
  const connection = await connect(connectionOptions(options))
  return wireOver(connection, inboxPrefix, options.names)
}

/** A wire over a connection of the client library. Closing the wire closes the connection. */
export const wireOver = (
  connection: NatsConnection,
  inboxPrefix = "_INBOX",
  names = PLAIN_NAMES,
): NatsWire => {
  const inboxes = `${inboxPrefix}.${crypto.randomUUID().replaceAll("-", "")}`
  return new ConnectedWire(connection, inboxes, names)
}

class ConnectedWire implements NatsWire {
  readonly connection: NatsConnection
  readonly names: Names
  readonly #receiving: Receiving
  readonly #prefix: string
  readonly #replies: string
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  readonly #listeners = new Set<(connected: boolean) => void>()
  readonly #deadlines = new Deadlines((token) => this.#settle(token, { type: "timeout" }))
  readonly #outbox: Sends
  readonly #warnRefused = limited(reportWarning, { burst: 1, everyMs: REFUSALS_LOGGED_MS })
  readonly #warnTooLarge = limited(reportError, { burst: 1, everyMs: REFUSALS_LOGGED_MS })
  readonly #warnServer = limited(reportWarning, {
    burst: SERVER_ERRORS_LOGGED,
    everyMs: SERVER_ERRORS_LOGGED_MS,
  })
  #refused = 0
  #connected = true
  #closed: Promise<void> | undefined
  #token = 0
  #inboxes = 0

  constructor(connection: NatsConnection, prefix: string, names: Names) {
    this.connection = connection
    this.names = names
    this.#receiving = { respond: this.#respond, names }
    this.#prefix = prefix
    this.#replies = `${prefix}.r.`
    this.#outbox = outboxOf(connection, names.beginning)
    this.#subscribe(`${this.#replies}*`, (message) => this.#reply(message))
    void this.#watch()
  }

  request: Wire["request"] = (subject, payload, headers, timeoutMs, done) => {
    if (!this.#connected || this.#closed) return failSoon(done, "disconnected")
    if (NO_SUBJECT.test(subject)) return failSoon(done, "no-responders")
    // Odd for requests to services, so that an answer tells which kind it is for.
    const token = (this.#token += 2) + (isServiceSubject(subject) ? 1 : 0)
    const inbox = this.#replies + token.toString(36)
    const text = encodeHeaders(headers)
    // The outbox adds the prefix, so that a command needs no further text.
    const to = isOfNats(subject) ? this.names.published(subject) : subject
    if (!this.#outbox.add(to, inbox, text, payload, this.maxPayload())) {
      return failSoon(done, "too-large")
    }
    this.#waiting.set(token, done)
    this.#deadlines.add(token, timeoutMs)
  }

  publish: Wire["publish"] = (subject, payload, reply = "") => {
    if (!this.#connected) return
    try {
      // Sent by the client library, to keep the order for callers that use both.
      this.connection.publish(this.names.published(subject), payload, { reply })
    } catch (error) {
      if (!this.#closed) reportError(`nothing was sent to "${subject}"`, error)
    }
  }

  serve: Wire["serve"] = (subject, handler, queue): Served =>
    this.#subscribe(subject, (message) => {
      const incoming: Incoming = new NatsIncoming(message, this.#receiving)
      callBack(handler, incoming, subject)
    }, queue)

  inbox = () => `${this.#prefix}.i.${(this.#inboxes++).toString(36)}`

  connected = () => this.#connected && !this.#closed

  closed = () => this.#closed !== undefined

  refusedReplies = () => this.#refused

  maxPayload = () => this.connection.info?.max_payload ?? 1_048_576

  onStatus = (listener: (connected: boolean) => void): Serving => {
    this.#listeners.add(listener)
    return { close: () => this.#listeners.delete(listener) }
  }

  close = () => this.#closed ??= this.#close()

  async #close(): Promise<void> {
    this.#outbox.flush()
    if (this.#connected) await withinGrace(this.connection.drain())
    await this.connection.close()
    this.#deadlines.clear()
    this.#changeTo(false)
  }

  readonly #respond: Receiving["respond"] = (reply, payload, headers) => {
    if (!this.#connected || reply === "") return
    if (!isInbox(reply)) return this.#refuse(reply)
    if (this.#outbox.add(reply, "", encodeHeaders(headers), payload, this.maxPayload())) return
    this.#warnTooLarge(
      `an answer of ${payload.length} bytes is too large and was not sent to "${reply}"`,
    )
  }

  #refuse(reply: string): void {
    this.#refused++
    this.#warnRefused(
      `an answer was to go to ${JSON.stringify(reply.slice(0, 64))}, which is no inbox, and was ` +
        `refused: a reply subject begins with _INBOX. or the prefix of a user, _INBOX_<user>.`,
    )
  }

  #subscribe(subject: string, receive: (message: Msg) => void, queue?: string): Served {
    const subscription = this.connection.subscribe(this.names.subject(subject), {
      // If a callback throws, the client library stops reading from the server for good.
      callback: (error, message) => {
        if (error) return reportError(`the subject ${subject} cannot be served`, error)
        receive(message)
      },
      ...(queue === undefined ? {} : { queue }),
    })
    return {
      close: () => subscription.unsubscribe(),
      drain: () => {
        if (this.#connected && !subscription.isClosed()) return withinGrace(subscription.drain())
        subscription.unsubscribe()
        return Promise.resolve()
      },
    }
  }

  #reply(message: Msg): void {
    const token = Number.parseInt(subjectOf(message).slice(this.#replies.length), 36)
    const headers = headersOf(message)
    if (headers.Status === "503" && message.data.length === 0) {
      return this.#settle(token, { type: "no-responders" })
    }
    if (token % 2 === 1 && isStreamAnswer(message.data)) return
    this.#settle(token, { type: "reply", payload: message.data, headers })
  }

  #settle(token: number, reply: Reply): void {
    const done = this.#waiting.get(token)
    if (!done) return
    this.#waiting.delete(token)
    callBack(done, reply, "what a request was for")
  }

  #changeTo(connected: boolean): void {
    if (this.#connected === connected) return
    this.#connected = connected
    if (!connected) {
      this.#outbox.clear()
      for (const token of [...this.#waiting.keys()]) {
        this.#settle(token, { type: "disconnected" })
      }
    }
    for (const listener of this.#listeners) callBack(listener, connected, "a status listener")
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      const { type } = status
      if (type === "disconnect" || type === "staleConnection" || type === "close") {
        this.#changeTo(false)
      }
      if (type === "reconnect") this.#changeTo(true)
      if (type === "error") this.#warnServer(`the NATS server says: ${status.error.message}`)
    }
    this.#changeTo(false)
  }
}

/** Waits for a drain, but not long: it can stall, and it fails when the connection is lost. */
const withinGrace = async (draining: Promise<unknown>): Promise<void> => {
  await within(CLOSE_GRACE_MS, draining.catch(() => {}))
}

/** Sends through the library's private parts if they are known, else through its public ones. */
const outboxOf = (connection: NatsConnection, beginning: string): Sends => {
  const send = senderOf(connection)
  return send ? new Outbox(send, beginning) : new PublicOutbox(connection, beginning)
}

/**
 * Fails a request in a later turn of the event loop. Otherwise a caller that retries at once would
 * keep the connection from coming back.
 */
const failSoon = (done: (reply: Reply) => void, type: Exclude<Reply["type"], "reply">): void => {
  setTimeout(() => callBack(done, { type }, "what a request was for"), 0)
}
