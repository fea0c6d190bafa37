/**
 * The feed over JetStream: for each context an ephemeral consumer without acknowledgements,
 * pulled in raw form. A gap, a lost consumer or a lost connection makes a new consumer from the
 * last message received, so the reader sees every message once and in order.
 */
import { AckPolicy, DeliverPolicy, jetstreamManager } from "@nats-io/jetstream"
import { nanos } from "nats"
import {
  type Incoming,
  jetStream,
  type NatsWire,
  type Serving,
  streamName,
  Unavailable,
} from "../contracts/mod.ts"
import type { Feed, FeedMessage } from "./feed.ts"
import { FEED_MESSAGES } from "./limits.ts"

const PULL_EXPIRES_MS = 30_000
const HEARTBEAT_MS = 2_000
const INACTIVE_MS = 60_000

const utf8 = new TextEncoder()

const failed = (context: string, error: unknown) =>
  new Unavailable({
    message: `cannot read the log of ${context}: ${error instanceof Error ? error.message : error}`,
  })

/** What the reply subject of a message says: its sequences in the stream and at the consumer. */
const sequencesOf = ({ reply }: Incoming) => {
  const tokens = reply.split(".")
  const from = tokens.length > 9 ? 7 : 5
  return {
    stream: Number(tokens[from]),
    consumer: Number(tokens[from + 1]),
    time: Number(tokens[from + 2]) / 1_000_000,
  }
}

/** Messages of one context, pulled ahead of the reader. */
class Source {
  readonly #wire: NatsWire
  readonly #context: string
  readonly #deliver: (message: FeedMessage) => void
  readonly #room: () => number
  #last: number
  #consumer = ""
  #consumerSequence = 0
  #requested = 0
  #serving: Serving | undefined
  #watchdog: ReturnType<typeof setTimeout> | undefined
  #opening = false
  #closed = false

  constructor(
    wire: NatsWire,
    context: string,
    after: number,
    deliver: (message: FeedMessage) => void,
    room: () => number,
  ) {
    this.#wire = wire
    this.#context = context
    this.#last = after
    this.#deliver = deliver
    this.#room = room
  }

  /** Makes a consumer that starts after the last message received. Rejects when it cannot. */
  async open(): Promise<void> {
    this.#serving?.close()
    const { consumers } = await jetstreamManager(this.#wire.connection, { checkAPI: false })
    const { name } = await consumers.add(streamName(this.#context), {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#last + 1,
      inactive_threshold: nanos(INACTIVE_MS),
      mem_storage: true,
      num_replicas: 1,
    })
    if (this.#closed) return
    const inbox = this.#wire.inbox()
    this.#consumer = name
    this.#consumerSequence = 0
    this.#requested = 0
    this.#serving = this.#wire.serve(inbox, (message) => this.#receive(inbox, message))
    this.#pull(inbox)
  }

  /** Asks for more, if half of what may be held ready has been taken. */
  refill(): void {
    if (this.#requested < FEED_MESSAGES / 2 && !this.#opening) this.#pull(this.#inbox)
  }

  /** Opens again, and again after a while when that fails. */
  async reopen(): Promise<void> {
    if (this.#opening || this.#closed) return
    this.#opening = true
    clearTimeout(this.#watchdog)
    try {
      if (this.#wire.connected()) await this.open()
    } catch {
      // The watchdog below tries again: a server that has just come back may not be ready.
    }
    this.#opening = false
    this.#watch()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#watchdog)
    this.#serving?.close()
  }

  #inbox = ""

  #pull(inbox: string): void {
    const batch = Math.min(this.#room(), FEED_MESSAGES) - this.#requested
    this.#inbox = inbox
    this.#watch()
    if (batch <= 0) return
    this.#requested += batch
    const request = {
      batch,
      expires: nanos(PULL_EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
    }
    const subject = jetStream.next(streamName(this.#context), this.#consumer)
    this.#wire.publish(subject, utf8.encode(JSON.stringify(request)), inbox)
  }

  #watch(): void {
    clearTimeout(this.#watchdog)
    if (!this.#closed) this.#watchdog = setTimeout(() => void this.reopen(), HEARTBEAT_MS * 2)
  }

  #receive(inbox: string, message: Incoming): void {
    if (this.#closed || inbox !== this.#inbox) return
    const { Status } = message.headers
    if (Status !== undefined) return this.#control(inbox, Status, message)
    const { stream, consumer, time } = sequencesOf(message)
    if (consumer !== this.#consumerSequence + 1) return void this.reopen()
    this.#consumerSequence = consumer
    this.#last = stream
    this.#requested--
    const { subject, payload } = message
    this.#deliver({ context: this.#context, subject, sequence: stream, payload, time })
    if (this.#requested === 0) this.#pull(inbox)
  }

  #control(inbox: string, status: string, { headers }: Incoming): void {
    if (status === "100") return this.#watch()
    const pending = Number(headers["Nats-Pending-Messages"] ?? 0)
    if (status === "408" || status === "404") {
      this.#requested = Math.max(0, this.#requested - pending)
      return this.#pull(inbox)
    }
    void this.reopen()
  }
}

/** Makes a feed over this wire. */
export const natsFeed = (wire: NatsWire): Feed => ({
  stream: async (context) => {
    try {
      const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
      const { created, state } = await streams.info(streamName(context))
      return { created, last: state.last_seq }
    } catch (error) {
      throw failed(context, error)
    }
  },
  open: async (after) => {
    let buffer: FeedMessage[] = []
    let open = true
    let wake = () => {}
    const deliver = (message: FeedMessage) => {
      buffer.push(message)
      wake()
    }
    const sources = Object.entries(after).map(([context, sequence]) =>
      new Source(wire, context, sequence, deliver, () => FEED_MESSAGES - buffer.length)
    )
    const close = () => {
      open = false
      status.close()
      for (const source of sources) source.close()
      wake()
    }
    const status = wire.onStatus((connected) => {
      if (connected) { for (const source of sources) void source.reopen() }
    })
    try {
      await Promise.all(sources.map((source) => source.open()))
    } catch (error) {
      close()
      throw failed(Object.keys(after).join(", "), error)
    }
    return {
      next: async (most) => {
        while (open && buffer.length === 0) await new Promise<void>((resolve) => wake = resolve)
        if (!open) return []
        const taken = buffer.slice(0, most)
        buffer = buffer.slice(taken.length)
        for (const source of sources) source.refill()
        return taken
      },
      close,
    }
  },
})
