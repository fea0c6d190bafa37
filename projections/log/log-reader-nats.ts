/**
 * Reads the log of one context from JetStream, by an ephemeral consumer without acknowledgements.
 * One pull at a time asks for as much as there is room for. After a gap, a lost consumer or a lost
 * connection it makes a new consumer that starts after the last message received, so each message
 * comes once and in order.
 */
import { AckPolicy, DeliverPolicy, jetstreamManager } from "@nats-io/jetstream"
import { nanos } from "nats"
import {
  encodeText,
  type Incoming,
  jetStream,
  jetStreamOptions,
  type NatsWire,
  type Serving,
  streamName,
} from "../../wire/internal.ts"
import { Unavailable } from "../../contracts/internal.ts"
import type { FeedMessage } from "./feed.ts"

const PULL_EXPIRES_MS = 30_000
const HEARTBEAT_MS = 2_000
/** After this many missed heartbeats, the consumer is taken for lost. */
const HEARTBEATS_MISSED = 3
/**
 * The server forgets a consumer that nobody has pulled from for this long. The reader does not
 * delete it: that needs a permission that could delete other readers' consumers.
 */
const INACTIVE_MS = 15_000

/** A name that no other consumer ever has. */
const newReader = (): string => `projections_${crypto.randomUUID().replaceAll("-", "")}`

/** What a reader needs from the feed. */
export interface LogReaderOptions {
  readonly wire: NatsWire
  readonly context: string
  /** The sequence after which to begin. */
  readonly after: number
  readonly deliver: (message: FeedMessage) => void
  /** The failure to read the log, with its cause. */
  readonly unreadable: (cause: unknown) => Unavailable
  /** Called when the log cannot be read further although NATS can be reached. */
  readonly fail: (error: Unavailable) => void
  /** How much more can be delivered. */
  readonly room: () => { readonly messages: number; readonly bytes: number }
}

interface Pull {
  /** How many messages are still to come. */
  left: number
  serving?: Serving
}

/** The number in a text, from an index to the next dot, read without cutting the text. */
const numberAt = (text: string, from: number): number => {
  let value = 0
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0) break
    value = value * 10 + digit
  }
  return value
}

/** The index at which the token after this many tokens of a subject begins. */
const startOf = (text: string, tokens: number, from = 0): number => {
  let start = from
  for (let left = tokens; left > 0; left--) start = text.indexOf(".", start) + 1
  return start
}

/** What a message's reply subject tells: its two sequences and its time, in ms since 1970. */
const sequencesOf = ({ reply }: Incoming) => {
  // With a domain and an account, there are two more tokens before the stream.
  const before = startOf(reply, 9) > 0 ? 7 : 5
  const stream = startOf(reply, before)
  const consumer = startOf(reply, 1, stream)
  return {
    stream: numberAt(reply, stream),
    consumer: numberAt(reply, consumer),
    time: Math.trunc(numberAt(reply, startOf(reply, 1, consumer)) / 1_000_000),
  }
}

/** Delivers the messages of one context, until it is closed. */
export class LogReader {
  readonly #options: LogReaderOptions
  readonly #stream: string
  readonly #watchdog: ReturnType<typeof setInterval>
  readonly #status: Serving
  #last: number
  #created: string | undefined
  #consumer: string | undefined
  #consumerSequence = 0
  #pull: Pull | undefined
  #quiet = 0
  /** Counts up to invalidate whatever is under way. */
  #attempt = 0

  constructor(options: LogReaderOptions) {
    this.#options = options
    this.#stream = streamName(options.context)
    this.#last = options.after
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS)
    this.#status = options.wire.onStatus((connected) => {
      if (connected) void this.#reopen()
      else this.#abandon()
    })
  }

  /** Makes a consumer that starts after the last message received. Rejects with `Unavailable`. */
  async open(): Promise<void> {
    this.#abandon()
    const attempt = this.#attempt
    try {
      const { streams, consumers } = await this.#manager()
      const stream = this.#options.wire.names.stream(this.#stream)
      const { name } = await consumers.add(stream, {
        name: newReader(),
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: this.#last + 1,
        inactive_threshold: nanos(INACTIVE_MS),
        mem_storage: true,
        num_replicas: 1,
      })
      // Asked after the consumer was made, so it describes the same stream as the consumer.
      const { created, state } = await streams.info(stream)
      if (attempt !== this.#attempt) return
      this.#consumer = name
      this.#check(created, state.last_seq)
    } catch (error) {
      if (attempt !== this.#attempt) return
      throw this.#options.unreadable(error)
    }
    this.refill()
  }

  /** Pulls as much as there is room for; does nothing while a pull is open. */
  refill(): void {
    if (this.#pull || this.#consumer === undefined) return
    const { wire, room } = this.#options
    const { messages, bytes } = room()
    if (messages <= 0 || bytes <= 0) return
    const pull: Pull = { left: messages }
    this.#pull = pull
    this.#quiet = 0
    const inbox = wire.inbox()
    pull.serving = wire.serve(inbox, (message) => this.#receive(pull, message))
    const request = {
      batch: messages,
      // The first message must always fit, or none would ever come.
      max_bytes: Math.max(bytes, 2 * wire.maxPayload()),
      expires: nanos(PULL_EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
    }
    const payload = encodeText(JSON.stringify(request))
    wire.publish(jetStream.next(this.#stream, this.#consumer), payload, inbox)
  }

  /** Ends reading. */
  close(): void {
    clearInterval(this.#watchdog)
    this.#status.close()
    this.#abandon()
  }

  async #reopen(): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      // Without a connection, the reader waits until it is back.
      if (error instanceof Unavailable && this.#options.wire.connected()) this.#options.fail(error)
    }
  }

  /** Drops the pull, the consumer and any attempt to make one. */
  #abandon(): void {
    this.#attempt++
    this.#endPull()
    this.#consumer = undefined
    this.#consumerSequence = 0
  }

  #endPull(): void {
    this.#pull?.serving?.close()
    this.#pull = undefined
  }

  #manager() {
    const { wire } = this.#options
    return jetstreamManager(wire.connection, jetStreamOptions(wire))
  }

  #check(created: string, last: number): void {
    this.#created ??= created
    if (this.#created !== created) throw new Error("the stream was created again")
    if (last < this.#last) {
      throw new Error(`the stream ends at ${last}, but ${this.#last} was read: it lost messages`)
    }
  }

  #watch(): void {
    if (this.#pull && ++this.#quiet >= HEARTBEATS_MISSED) void this.#reopen()
  }

  #receive(pull: Pull, message: Incoming): void {
    if (pull !== this.#pull) return
    this.#quiet = 0
    const { Status, Description } = message.headers
    if (Status !== undefined) return this.#control(Status, Description ?? "")
    const { stream, consumer, time } = sequencesOf(message)
    if (consumer !== this.#consumerSequence + 1) return void this.#reopen()
    this.#consumerSequence = consumer
    this.#last = stream
    const { subject, payload } = message
    this.#options.deliver({
      context: this.#options.context,
      subject,
      sequence: stream,
      payload,
      time,
    })
    if (--pull.left > 0) return
    this.#endPull()
    this.refill()
  }

  #control(status: string, description: string): void {
    if (status === "100") return
    const ended = status === "408" || status === "404" ||
      status === "409" && /MaxBytes|Batch Completed/i.test(description)
    if (!ended) return void this.#reopen()
    this.#endPull()
    this.refill()
  }
}
